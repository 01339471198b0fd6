import { describe, expect, it } from 'vitest';
import { describeQdrant } from './qdrant.ts';
import { qdrantLink, qdrantNodes, qdrantReplicationFactor, qdrantSettings } from './settings.ts';

const describeWith = (settings: object, keepData = false) => {
  const description = describeQdrant({ ...qdrantSettings.parse(settings), images: {}, rotation: 2, keepData });
  const [workload] = description.workloads;
  const [container] = workload?.containers ?? [];
  if (workload === undefined || container === undefined) throw new Error('there is one workload with a container');
  return { ...description, workload, container };
};

const problems = (settings: object) =>
  qdrantSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('Qdrant of one node', () => {
  const { workload, container, secrets } = describeWith({});

  it('is no cluster, calls nobody, and may be evicted', () => {
    expect(workload).toMatchObject({ runs: { as: 'stateful', replicas: 1 }, connections: [] });
    expect(workload.traits).not.toHaveProperty('minAvailable');
    expect(container.environment).not.toHaveProperty('QDRANT__CLUSTER__ENABLED');
    expect(container.ports?.map(({ name }) => name)).toEqual(['http', 'grpc']);
  });

  it('asks for a key, takes the one before it too, and shows its metrics for one that only reads', () => {
    expect(container.secretEnvironment).toEqual({
      QDRANT__SERVICE__API_KEY: { secret: 'qdrant-keys', key: 'api-key' },
      QDRANT__SERVICE__ALT_API_KEY: { secret: 'qdrant-keys', key: 'api-key-previous' },
      QDRANT__SERVICE__READ_ONLY_API_KEY: { secret: 'qdrant-keys', key: 'read-only-api-key' },
    });
    expect(secrets).toMatchObject([
      { name: 'qdrant-keys', rotation: 2, keys: { 'api-key-previous': { from: 'previous', key: 'api-key' } } },
    ]);
    expect(container.ports?.[0]?.metrics?.bearer).toEqual({ secret: 'qdrant-keys', key: 'read-only-api-key' });
  });

  it('writes to its volumes alone, snapshots apart from the data, and is not root', () => {
    expect(workload.user).toEqual({ uid: 1000, gid: 1000 });
    expect(container.mounts).toEqual({
      storage: '/qdrant/storage',
      snapshots: '/qdrant/snapshots',
      init: '/qdrant/init',
    });
    const paths = ['QDRANT_INIT_FILE_PATH', 'QDRANT__STORAGE__TEMP_PATH'].map((name) => container.environment?.[name]);
    for (const path of paths) expect(path).toMatch(/^\/qdrant\/(init|snapshots)/);
  });

  it('sends no telemetry, serves no pages, and fetches nothing from URLs', () => {
    expect(container.environment).toMatchObject({
      QDRANT__TELEMETRY_DISABLED: 'true',
      QDRANT__SERVICE__ENABLE_STATIC_CONTENT: 'false',
      QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY: 'false',
    });
  });

  it('is asked after over HTTP on paths that need no key', () => {
    const { startup, liveness, readiness } = container.probes ?? {};
    expect(startup).toMatchObject({ http: { path: '/livez', port: 'http' } });
    expect(liveness).toMatchObject({ http: { path: '/livez', port: 'http' } });
    expect(readiness).toMatchObject({ http: { path: '/readyz', port: 'http' } });
  });

  it('runs the unprivileged image, or another one that the stack is told', () => {
    expect(container.image).toMatch(/qdrant\/qdrant:v\d+\.\d+\.\d+-unprivileged/);
    const args = { ...qdrantSettings.parse({}), images: { qdrant: 'mirror/qdrant:1' }, rotation: 1, keepData: false };
    expect(describeQdrant(args).workloads[0]?.containers[0].image).toBe('mirror/qdrant:1');
  });
});

describe('Qdrant of three nodes', () => {
  const { workload, container } = describeWith({ replicas: 3 }, true);

  it('gives Qdrant three voters that start at once, of which two always stay', () => {
    expect(workload.runs).toEqual({ as: 'stateful', replicas: 3, start: 'parallel' });
    expect(workload.traits).toEqual({ keepData: true, minAvailable: 2 });
    expect(container.environment).toMatchObject({ QDRANT__CLUSTER__ENABLED: 'true' });
  });

  it('lets each node say its own name and join through the first, which finds its own name there', () => {
    expect(container.environmentFromPod).toEqual({ POD_NAME: 'name' });
    const { QDRANT_URI: own = '', QDRANT_BOOTSTRAP: first } = container.environment ?? {};
    expect(own.replace('$(POD_NAME)', 'qdrant-0')).toBe(first);
    expect(first).toBe('http://qdrant-0.qdrant-peers:6335');
  });

  it('joins through another node while the first gets a new volume', () => {
    const { container: moved } = describeWith({ replicas: 3, bootstrapNode: 1 });
    expect(moved.environment?.['QDRANT_BOOTSTRAP']).toBe('http://qdrant-1.qdrant-peers:6335');
  });

  it('lets nodes call each other on the port for peers and, for whole shards, over HTTP', () => {
    expect(workload.connections).toEqual([
      { to: 'workload', workload: 'qdrant', port: 'peer' },
      { to: 'workload', workload: 'qdrant', port: 'http' },
    ]);
    expect(container.ports?.find(({ name }) => name === 'peer')).toEqual({
      name: 'peer',
      number: 6335,
      peersOnly: true,
    });
  });

  it('holds each passage twice, as long as nothing else is said', () => {
    expect(qdrantReplicationFactor(qdrantSettings.parse({ replicas: 3 }))).toBe(2);
    expect(qdrantReplicationFactor(qdrantSettings.parse({ replicas: 3, replicationFactor: 3 }))).toBe(3);
    expect(qdrantReplicationFactor(qdrantSettings.parse({}))).toBe(1);
  });

  it('has a URL for each node', () => {
    expect(qdrantNodes(qdrantSettings.parse({ replicas: 3 }))).toEqual(
      [0, 1, 2].map((node) => `http://qdrant-${node}.qdrant-peers:6333`),
    );
  });
});

describe('the way to Qdrant', () => {
  it('is its service, after its nodes are ready', () => {
    expect(qdrantLink(qdrantSettings.parse({}))).toEqual({
      url: 'http://qdrant:6333',
      connection: { to: 'workload', workload: 'qdrant', port: 'http', waits: true },
      secret: { secret: 'qdrant-keys', key: 'api-key' },
    });
  });

  it('is that of an existing one, with the key that the user gave, and no node of ours', () => {
    const settings = qdrantSettings.parse({
      use: 'external',
      url: 'https://xyz.cloud.qdrant.io/',
      credential: 'qdrantApiKey',
    });
    expect(qdrantLink(settings)).toEqual({
      url: 'https://xyz.cloud.qdrant.io',
      connection: { to: 'internet' },
      secret: { secret: 'qdrant-keys', key: 'api-key' },
      secrets: [{ name: 'qdrant-keys', keys: { 'api-key': { from: 'credential', credential: 'qdrantApiKey' } } }],
    });
    expect(qdrantNodes(settings)).toEqual([]);
  });

  it('needs no key where the existing one asks for none', () => {
    const link = qdrantLink(qdrantSettings.parse({ use: 'external', url: 'http://qdrant.vectors:6333' }));
    expect(link).toEqual({
      url: 'http://qdrant.vectors:6333',
      connection: { to: 'namespace', namespace: 'vectors', ports: [6333] },
    });
  });

  it('is none when it is off', () => {
    expect(qdrantLink(qdrantSettings.parse({ use: 'off' }))).toBeUndefined();
  });
});

describe('settings', () => {
  it('refuse two nodes, of which neither is a majority', () => {
    expect(problems({ replicas: 2 })).toEqual(['replicas: 1, or 3 to 9: of two nodes neither is a majority']);
  });

  it('refuse more copies of a passage than nodes, and a node to join through that is not there', () => {
    expect(problems({ replicationFactor: 2 })).toEqual(['replicationFactor: at most the number of replicas']);
    expect(problems({ replicas: 3, bootstrapNode: 3 })).toEqual([
      'bootstrapNode: the number of a node, from 0 to one less than replicas',
    ]);
    expect(problems({ use: 'external', url: 'https://q.example.com', replicationFactor: 3 })).toBeUndefined();
  });

  it('ask for the URL of an existing one', () => {
    expect(problems({ use: 'external' })).toEqual(['url: needed with use: external']);
  });
});
