import type { Container, Workload } from '../../infra/workload.ts';

/** A container that listens on 80 (`http`), changed as told. */
export const container = (changes: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'registry.test/some:1',
  ports: [{ name: 'http', number: 80 }],
  resources: { cpu: { request: '100m', limit: '500m' }, memory: { request: '128Mi', limit: '256Mi' } },
  ...changes,
});

/** A service of one copy and one container, changed as told. */
export const workload = (name: string, changes: Partial<Workload> = {}): Workload => ({
  name,
  component: 'some-component',
  runs: { as: 'service', replicas: 1 },
  user: { uid: 1000, gid: 1000 },
  containers: [container()],
  connections: [],
  ...changes,
});
