import { ApiServerClient } from '../../tools/cluster/api-server-client.ts';

/** What is read of a Pod. */
interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status: { readonly phase: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
}

const node = 'kubelet-standin';

/**
 * Stands in for the scheduler and the kubelet of one node where an API server with the controllers of workloads has none:
 * binds each pending Pod to the node, says that it runs and is ready at an address of its own, and ends its deletion at
 * once.
 *
 * It is no kubelet: it runs nothing, pulls no image, reads no ConfigMap, Secret or volume, asks no probe, keeps no grace
 * period, and counts no resources. A Pod that could never start is ready here. What it is good for is whoever waits for
 * Pods, as Pulumi does.
 */
export class KubeletStandIn {
  readonly #client: ApiServerClient;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;
  #addresses = 0;

  private constructor(client: ApiServerClient) {
    this.#client = client;
  }

  /** Makes the node, and looks after all Pods there are and will be. */
  static async start(server: ApiServerClient): Promise<KubeletStandIn> {
    // A client of its own: to close its connections ends the watch.
    const standIn = new KubeletStandIn(new ApiServerClient(server.access));
    await standIn.#request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
    standIn.#ended = standIn.#watch();
    // Said when it stops; until then nobody listens.
    standIn.#ended.catch(() => undefined);
    return standIn;
  }

  /** @throws when it could not do its work. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#client.close();
    await this.#ended;
  }

  async #watch(): Promise<void> {
    try {
      const { objects, changes } = await this.#client.watch<Pod>('/api/v1/pods');
      for (const pod of objects) await this.#care(pod);
      for await (const { type, object } of changes) {
        if (type !== 'DELETED') await this.#care(object);
      }
    } catch (error) {
      if (!this.#stopped) throw error;
    }
  }

  /** One step; what it changes comes back as a change of the Pod, for the next. */
  async #care(pod: Pod): Promise<void> {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    if (pod.metadata.deletionTimestamp !== undefined) {
      await this.#request('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 });
    } else if (pod.spec.nodeName === undefined) {
      const { name } = pod.metadata;
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      await this.#request('POST', `${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
    } else if (pod.status.phase === 'Pending') {
      await this.#request('PATCH', `${path}/status`, { status: this.#running(pod) });
    }
  }

  #running({ spec: { containers, initContainers = [] } }: Pod): object {
    const time = new Date().toISOString();
    const address = this.#addresses++;
    const podIP = `10.244.${Math.floor(address / 250)}.${(address % 250) + 1}`;
    const status = ({ name, image }: Container) => ({ name, image, imageID: image, restartCount: 0, ready: true });
    return {
      phase: 'Running',
      startTime: time,
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: time,
      })),
      initContainerStatuses: initContainers.map((container) => ({
        ...status(container),
        state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time } },
      })),
      containerStatuses: containers.map((container) => ({
        ...status(container),
        started: true,
        state: { running: { startedAt: time } },
      })),
    };
  }

  /** @throws when it is refused, but for what comes of acting on an older state: the next change says how it is. */
  async #request(method: string, path: string, body: object): Promise<void> {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : undefined;
    const { status, refusal } = await this.#client.request(method, path, body, type);
    if (refusal !== undefined && status !== 404 && status !== 409) throw new Error(`${method} ${path}: ${refusal}`);
  }
}
