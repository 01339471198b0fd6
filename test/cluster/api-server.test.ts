import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../processes.ts';
import { installCustomResourceDefinitions } from './api-server-crds.ts';
import { ApiServerClient } from '../../tools/cluster/api-server-client.ts';
import { ApiServer } from './api-server.ts';
import type { KubernetesObject } from './api-server-objects.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await ApiServer.start();
  await server.apply(namespace('restricted', { 'pod-security.kubernetes.io/enforce': 'restricted' }));
  await server.untilSettled('restricted');
});
afterAll(() => server.stop());

function namespace(name: string, labels: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function pod(securityContext: object) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'restricted' },
    spec: { containers: [{ name: 'web', image: 'web:1', securityContext }] },
  };
}

function deployment(podSpec: object = {}) {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }], ...podSpec } },
    },
  };
}

const restrictedContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

test('is the pinned Kubernetes', async () => {
  expect((await server.request('GET', '/version')).body).toMatchObject({ gitVersion: 'v1.35.4', minor: '35' });
});

test('refuses a misspelt field', async () => {
  const { refusal } = await server.apply(deployment({ nodeSelectr: {} }));
  expect(refusal).toMatch(/\.spec\.template\.spec\.nodeSelectr: field not declared in schema/);
});

test('stores an object once, and changes nothing when it is applied again', async () => {
  const first = await server.apply(deployment());
  const second = await server.apply(deployment());
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body).toEqual(first.body);
});

test('stores nothing in a dry run', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dry', namespace: 'default' } };
  const object = { ...service, spec: { ports: [{ port: 80 }] } };
  expect(await server.apply(object, { dryRun: true })).toMatchObject({ status: 201 });
  expect(await server.request('GET', await server.pathOf(object))).toMatchObject({ status: 404 });
});

test('a watch begins with the objects that there are, and goes on with what changes', async () => {
  const { objects, changes } = await server.watch<KubernetesObject>('/api/v1/namespaces');
  expect(objects.map(({ metadata }) => metadata.name)).toContain('restricted');
  // What changes before anybody waits for it is not missed.
  await server.apply(namespace('watched'));
  expect((await changes.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'watched' } } });
  await changes.return(undefined);
});

test('a watch that is left while its connection is closed ends in silence', async () => {
  const client = new ApiServerClient(server.access);
  const { changes } = await client.watch('/api/v1/namespaces');
  const first = changes.next();
  await server.apply(namespace('left'));
  expect((await first).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'left' } } });
  client.close();
  await changes.return(undefined);
  // What comes of a closed connection comes in a later turn.
  await new Promise((wake) => setTimeout(wake, 50));
});

test('gives the warnings that the API server answers with', async () => {
  const { warnings } = await server.apply(deployment({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }), {
    dryRun: true,
  });
  expect(warnings).toEqual([expect.stringContaining('"kubernetes.io/os"')]);
});

test('knows no kind that is not installed', async () => {
  const object = { apiVersion: 'example.com/v1', kind: 'Ship', metadata: { name: 'web', namespace: 'default' } };
  await expect(server.apply(object)).rejects.toThrow('does not know the kind Ship of example.com/v1');
});

describe('in a namespace that enforces the restricted Pod Security standard', () => {
  test('a privileged Pod is refused', async () => {
    const { status, refusal } = await server.apply(pod({ privileged: true }), { dryRun: true });
    expect(status).toBe(403);
    expect(refusal).toMatch(/violates PodSecurity "restricted:latest": privileged/);
  });

  test('a restricted Pod is accepted', async () => {
    expect((await server.apply(pod(restrictedContext), { dryRun: true })).refusal).toBeUndefined();
  });

  test('a quota that is counted refuses what exceeds it', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace: 'restricted' },
      spec: { hard: { pods: '0' } },
    };
    await server.apply(quota);
    await server.untilSettled('restricted');
    expect((await server.apply(pod(restrictedContext), { dryRun: true })).refusal).toMatch(/exceeded quota: few/);
    await server.request('DELETE', await server.pathOf(quota));
  });
});

describe('with the published CustomResourceDefinitions', () => {
  beforeAll(() => installCustomResourceDefinitions(server));

  function route(rule: object) {
    return {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'web', namespace: 'default' },
      spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...rule }] },
    };
  }

  test('an HTTPRoute is accepted', async () => {
    expect((await server.apply(route({ timeouts: { request: '30s' } }))).refusal).toBeUndefined();
  });

  test('a route with a field that routes do not have is refused', async () => {
    const { refusal } = await server.apply(route({ timeout: '30s' }));
    expect(refusal).toMatch(/\.spec\.rules\[0\]\.timeout: field not declared in schema/);
  });

  test('a route with a value that is not allowed is refused', async () => {
    const { status, refusal } = await server.apply(route({ timeouts: { request: 'soon' } }));
    expect(status).toBe(422);
    expect(refusal).toMatch(/spec\.rules\[0\]\.timeouts\.request/);
  });
});

test('ends the deletion of a namespace with what is in it', async () => {
  await server.apply(namespace('passing'));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'passing' } };
  await server.apply(account);
  await server.request('DELETE', '/api/v1/namespaces/passing');
  await until('the namespace is gone', async () => {
    return (await server.request('GET', '/api/v1/namespaces/passing')).status === 404;
  });
  expect(await server.request('GET', await server.pathOf(account))).toMatchObject({ status: 404 });
});
