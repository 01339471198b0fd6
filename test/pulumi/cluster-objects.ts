import { until } from '../processes.ts';
import type { ApiServerClient } from '../../tools/cluster/api-server-client.ts';

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

interface Workload extends Item {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas?: number; readonly readyReplicas?: number; readonly updatedReplicas?: number };
}

/** Every object in the cluster but events, as `Kind namespace/name`, sorted. */
export async function allObjects(client: ApiServerClient): Promise<string[]> {
  const { groups } = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>(client, '/apis');
  const paths = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const found = await Promise.all(paths.map((path) => objectsOfGroup(client, path)));
  return found.flat().sort();
}

async function objectsOfGroup(client: ApiServerClient, path: string): Promise<string[]> {
  type Resource = { readonly name: string; readonly kind: string; readonly verbs: readonly string[] };
  const { resources } = await get<{ resources: Resource[] }>(client, path);
  const listed = resources.filter(({ kind, verbs }) => kind !== 'Event' && verbs.includes('list'));
  const lists = await Promise.all(
    listed.map(async ({ name, kind }) => {
      const { items } = await get<{ items: Item[] }>(client, `${path}/${name}`);
      return items.map(({ metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    }),
  );
  return lists.flat();
}

/** The pods of each workload of a namespace by their ids, when no rollout is under way. */
export async function podsByWorkload(client: ApiServerClient, namespace: string): Promise<Record<string, string[]>> {
  await until('all rollouts are complete', async () => {
    const kinds = ['deployments', 'statefulsets'];
    const lists = await Promise.all(
      kinds.map((kind) => get<{ items: Workload[] }>(client, `/apis/apps/v1/namespaces/${namespace}/${kind}`)),
    );
    return lists.flatMap(({ items }) => items).every(isComplete);
  });
  const { items } = await get<{ items: Item[] }>(client, `/api/v1/namespaces/${namespace}/pods`);
  const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const pods = Object.groupBy(live, ({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] ?? '');
  return Object.fromEntries(
    Object.entries(pods).map(([name, each = []]) => [name, each.map(({ metadata }) => metadata.uid).sort()]),
  );
}

const isComplete = ({ spec: { replicas }, status }: Workload): boolean =>
  [status.replicas, status.readyReplicas, status.updatedReplicas].every((number = 0) => number === replicas);

/** The workloads whose pods are not the same. */
export function rolled(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name]?.join() !== after[name]?.join()).sort();
}

/** The values of a Secret. */
export async function secretValues(
  client: ApiServerClient,
  namespace: string,
  name: string,
): Promise<Record<string, string>> {
  const { data } = await get<{ data: Record<string, string> }>(
    client,
    `/api/v1/namespaces/${namespace}/secrets/${name}`,
  );
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** An object or a list. @throws when the API server refuses. */
export async function get<T>(client: ApiServerClient, path: string): Promise<T> {
  const { body, refusal } = await client.request('GET', path);
  if (refusal !== undefined) throw new Error(`GET ${path}: ${refusal}`);
  return body as T;
}
