import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../commands/failure.ts';
import { Kubectl } from '../../commands/kubectl.ts';
import { isReadySince } from '../cluster/node-health.ts';
import type { Report } from '../one-node-cluster.ts';
import { call } from './call.ts';
import { clusterName, contextName, nodeName } from './names.ts';
import { nodeImage } from './presence.ts';

/** Longest time for a node that was started to be ready, in seconds. */
const readyWithinSeconds = 180;

/** The kubectl on the PATH, for the kind cluster. */
export const kindKubectl = new Kubectl('kubectl', ['--context', contextName]);

/** What Docker says of the node's container: `running`, `exited`; `undefined` where there is none. */
export async function containerState(): Promise<string | undefined> {
  const filter = ['--filter', `name=^${nodeName}$`];
  return (await call('docker', 'ps', '--all', ...filter, '--format', '{{.State}}')) || undefined;
}

/** When the node's container was started, as ISO 8601. @throws {Failure} when there is none. */
export const startOfContainer = () => call('docker', 'inspect', '--format', '{{.State.StartedAt}}', nodeName);

/**
 * Makes the node, or starts it where it is stopped, and waits until it is ready. The kubeconfig then has its context, as the
 * current one.
 *
 * @throws {Failure} with what kind or Docker complain of, and when the node is not ready in time.
 */
export async function startNode(report: Report): Promise<void> {
  const state = await containerState();
  if (state === undefined) {
    report(`node by kind, of ${nodeImage}`);
    const wait = `${readyWithinSeconds}s`;
    await call('kind', 'create', 'cluster', '--name', clusterName, '--image', nodeImage, '--wait', wait);
  } else {
    if (state !== 'running') {
      report('node, which was stopped');
      await call('docker', 'start', nodeName);
    }
    await call('kind', 'export', 'kubeconfig', '--name', clusterName);
  }
  report('readiness of the node');
  await untilReady(Date.parse(await startOfContainer()));
}

/** kind itself waits only for a node that it makes, and says nothing of one that does not get ready. */
async function untilReady(startedAt: number): Promise<void> {
  const deadline = Date.now() + readyWithinSeconds * 1000;
  while (!(await isReadySince(kindKubectl, nodeName, startedAt).catch(() => false))) {
    if (Date.now() > deadline) {
      throw new Failure(
        `The node is not ready after ${readyWithinSeconds} s: ` +
          `kubectl --context ${contextName} describe node ${nodeName} says why.`,
      );
    }
    await sleep(500);
  }
}
