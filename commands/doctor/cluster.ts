import { ask } from './ask.ts';

/** What kubectl tells of the cluster that a stack goes to. It is asked, so that every way of signing in that it knows works. */
export class Cluster {
  readonly #context: readonly string[];

  /** @param context Of the kubeconfig; the current one when absent. */
  constructor(context: string | undefined) {
    this.#context = context === undefined ? [] : ['--context', context];
  }

  /** Context and API server, as a sentence goes on: `https://203.0.113.7:6443, the context prod-eu of the kubeconfig`. */
  async whereabouts(): Promise<string> {
    try {
      const text = await this.#kubectl(['config', 'view', '--minify', '--output', 'json']);
      const { 'current-context': context, clusters } = JSON.parse(text) as Kubeconfig;
      const current = this.#context.length === 0 ? 'current ' : '';
      return `${clusters.map(({ cluster }) => cluster.server).join()}, the ${current}context ${context} of the kubeconfig`;
    } catch {
      return 'a cluster that no kubeconfig names';
    }
  }

  /** Version of the API server: `v1.35.4`. @throws with kubectl's own sentence when it is not reached. */
  async version(): Promise<string> {
    const { gitVersion } = (await this.#raw('/version')) as { gitVersion: string };
    return gitVersion;
  }

  /** Whether the API server serves a kind. */
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    try {
      const { resources } = (await this.#raw(`/apis/${apiVersion}`)) as { resources: { kind: string }[] };
      return kind === '*' || resources.some((each) => each.kind === kind);
    } catch {
      return false;
    }
  }

  /** Whether there is an object; not, where its kind is unknown. @param namespace Absent for kinds that have none. */
  async has(resource: string, name: string, namespace?: string): Promise<boolean> {
    const where = namespace === undefined ? [] : ['--namespace', namespace];
    try {
      const found = await this.#kubectl(['get', resource, name, ...where, '--ignore-not-found', '--output', 'name']);
      return found.trim() !== '';
    } catch (error) {
      if (/the server doesn't have a resource type/.test(String(error))) return false;
      throw error;
    }
  }

  /** What a key of a Secret holds; `undefined` when there is none. @throws with kubectl's own sentence when it may not be read. */
  async secret(namespace: string, name: string, key: string): Promise<string | undefined> {
    const template = `jsonpath={.data.${key.replaceAll('.', '\\.')}}`;
    const where = ['--namespace', namespace, '--ignore-not-found', '--output', template];
    const encoded = (await this.#kubectl(['get', 'secret', name, ...where])).trim();
    return encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  }

  /** Names of the storage classes, and the one that is used where none is named. */
  async storageClasses(): Promise<{ names: string[]; fallback: string | undefined }> {
    const { items } = (await this.#raw('/apis/storage.k8s.io/v1/storageclasses')) as { items: StorageClass[] };
    const isDefault = ({ metadata }: StorageClass) =>
      metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    return { names: items.map(({ metadata }) => metadata.name), fallback: items.find(isDefault)?.metadata.name };
  }

  async #raw(path: string): Promise<unknown> {
    return JSON.parse(await this.#kubectl(['get', '--raw', path])) as unknown;
  }

  #kubectl(args: readonly string[]): Promise<string> {
    return ask('kubectl', [...this.#context, ...args]);
  }
}

/** What is read of a kubeconfig with one context. */
interface Kubeconfig {
  readonly 'current-context': string;
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

interface StorageClass {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}
