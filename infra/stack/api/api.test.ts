import { describe, expect, it } from 'vitest';
import { apiArgs, otelCollector, upstreams, type ApiInput } from '../../../test/stack/api-args.ts';
import { probes } from '../../../service/contract/http.ts';
import type { Link } from '../../connection.ts';
import type { Workload } from '../../workload.ts';
import { apiUser } from '../api-image.ts';
import { describeApi, environmentProblems, type ApiArgs } from './api.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

const described = (settings?: ApiInput, changes?: Partial<ApiArgs>) => describeApi(apiArgs(settings, changes));

function workload(name: 'api' | 'api-canary', settings?: ApiInput, changes?: Partial<ApiArgs>): Workload {
  const found = described(settings, changes).workloads.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const api = (settings?: ApiInput, changes?: Partial<ApiArgs>) => workload('api', settings, changes);
const nothing = { upstreams: {}, otelCollector: undefined };
const containerOf = ({ containers: [container] }: Workload) => container;
const environment = (settings?: ApiInput) => containerOf(api(settings)).environment ?? {};

describe('a pod of the API', () => {
  it('listens on the port and is asked at the paths of the contract', () => {
    const { ports, probes: asked } = containerOf(api());
    expect(ports).toEqual([{ name: 'http', number: 8000, metrics: {} }]);
    expect(Object.keys(asked ?? {})).toEqual(Object.keys(probes));
    for (const [kind, { path, ...times }] of Object.entries(probes)) {
      expect(asked, kind).toMatchObject({ [kind]: { http: { path, port: 'http' }, ...times } });
    }
  });

  it.each([1, 2.5, 60, 595])('has time for a request of %s s that came last, and to end after it', (seconds) => {
    const { stopping } = api({ requestTimeoutSeconds: seconds });
    const drain = Number(environment({ requestTimeoutSeconds: seconds })['SHUTDOWN_DRAIN_SECS']);
    expect(drain).toBe(Math.ceil(seconds) + 5);
    expect(stopping?.delaySeconds).toBe(10);
    expect(stopping?.graceSeconds).toBe(drain + 10 + 5);
    expect(environmentProblems(apiArgs({ requestTimeoutSeconds: seconds }))).toEqual([]);
  });

  it('that hangs is killed without the time to end requests', () => {
    const { probes: asked } = containerOf(api({ requestTimeoutSeconds: 60 }));
    expect(asked?.liveness?.graceSeconds).toBe(10 + 5);
  });

  it('reads the models from a file', () => {
    const { volumes, containers } = api();
    expect(volumes).toEqual([{ kind: 'files', name: 'models', files: { 'models.json': '{"models":{}}\n' } }]);
    expect(containers[0].mounts).toEqual({ models: '/etc/ballast' });
    expect(environment()['MODELS_FILE']).toBe('/etc/ballast/models.json');
  });

  it('runs as the user of its image, with the resources of the stack', () => {
    const { user, containers } = api({ resources: { memory: { limit: '1Gi' } } });
    expect(user).toEqual(apiUser);
    expect(containers[0]).toMatchObject({ image: 'registry.test/api:1', resources: { memory: { limit: '1Gi' } } });
  });

  it('waits for the parts of the stack, and not for what is elsewhere', () => {
    const elsewhere = { url: 'https://llm.example.com/v1', connection: { to: 'internet' } } as const;
    expect(api({}, { upstreams: { ...upstreams, llm: elsewhere } }).connections).toEqual([
      { to: 'internet' },
      { to: 'workload', workload: 'qdrant', port: 'http', waits: true },
      { to: 'workload', workload: 'tei', port: 'http', waits: true },
      { to: 'workload', workload: 'redis', port: 'redis', waits: true },
      otelCollector.connection,
    ]);
  });

  it('does not wait for the collector, which holds nothing up', () => {
    expect(api().connections).toContainEqual({ to: 'workload', workload: 'otel-collector', port: 'otlp-http' });
  });

  it('calls nothing where all is off', () => {
    expect(api({}, nothing).connections).toEqual([]);
  });

  it('reaches Sentry where incidents are reported to it', () => {
    const errorReports: Link = { url: 'https://sentry.io', connection: { to: 'internet' } };
    expect(api({}, { ...nothing, errorReports }).connections).toEqual([{ to: 'internet' }]);
  });

  it('reaches the identity provider whose keys it fetches', () => {
    const ways = (url: string, egress?: { cidrs: string[] }) =>
      api({ environment: { JWKS_URL: url }, egress }, nothing).connections;
    expect(ways('https://id.example.com/keys')).toEqual([{ to: 'internet' }]);
    expect(ways('http://keycloak.identity.svc:8080/keys')).toEqual([
      { to: 'namespace', namespace: 'identity', ports: [8080] },
    ]);
    expect(ways('https://id.example.com:8443/keys', { cidrs: ['10.1.0.0/16'] })).toEqual([
      { to: 'addresses', cidrs: ['10.1.0.0/16'], ports: [8443] },
    ]);
  });

  it('admits the gateway alone', () => {
    const admits = [{ namespace: 'gateways', port: 'http' }];
    expect(api({}, { admits }).admits).toEqual(admits);
  });

  it('keeps the secret before the last rotation valid', () => {
    expect(described({}, { rotation: 3 }).secrets).toEqual([
      {
        name: 'api-keys',
        rotation: 3,
        keys: {
          'jwt-secret': { from: 'generated', length: 48 },
          'jwt-secret-previous': { from: 'previous', key: 'jwt-secret' },
        },
      },
    ]);
  });
});

describe('copies of the API', () => {
  it.each([
    [1, undefined],
    [2, 1],
    [3, 2],
    [10, 2],
  ])('of %s, a drained node leaves %s', (replicas, minAvailable) => {
    expect(api({ replicas }).traits?.minAvailable).toBe(minAvailable);
    expect(api({ scaling: { min: replicas, max: 20 }, replicas: 5 }).traits?.minAvailable).toBe(minAvailable);
  });

  it('are as many as the stack says, or go by load', () => {
    expect(api({ replicas: 4 })).toMatchObject({ runs: { as: 'service', replicas: 4 } });
    expect(api({ replicas: 4 }).traits).not.toHaveProperty('scaling');
    expect(api({ scaling: { min: 3 } }).traits?.scaling).toEqual({
      min: 3,
      max: 10,
      cpuPercent: 70,
      memoryPercent: 85,
      queriesPerReplica: 20,
      scaleDownSeconds: 300,
    });
  });

  it('go by active queries of this workload where KEDA reads a Prometheus', () => {
    const prometheusUrl = 'http://prometheus.ballast.svc:9090';
    const scaling = { min: 2, max: 6, queriesPerReplica: 7 };
    expect(api({ scaling }, { prometheusUrl }).traits?.scaling).toMatchObject({
      load: { query: 'sum(rag_active_queries{job="api"})', perReplica: 7, prometheusUrl },
    });
    expect(api({}, { prometheusUrl }).traits).not.toHaveProperty('scaling');
  });
});

describe('the canary', () => {
  const settings: ApiInput = {
    replicas: 3,
    scaling: { min: 3, max: 9 },
    canary: { digest, weight: 10 },
    image: { repository: 'registry.test/team/api', tag: '2.1.0' },
  };
  const changes = { admits: [{ namespace: 'gateways', port: 'http' }], prometheusUrl: 'http://prometheus:9090' };

  it('is there only when asked for', () => {
    expect(described({ replicas: 3 }).workloads.map(({ name }) => name)).toEqual(['api']);
    expect(described(settings).workloads.map(({ name }) => name)).toEqual(['api', 'api-canary']);
  });

  it('is one copy of another image from the same repository', () => {
    const canary = workload('api-canary', settings, changes);
    expect(canary).toMatchObject({ component: 'api', runs: { as: 'service', replicas: 1 } });
    expect(canary.traits).toEqual({});
    expect(containerOf(canary).image).toBe(`registry.test/team/api:2.1.0@${digest}`);
    expect(containerOf(api(settings, changes)).image).toBe('registry.test/api:1');
  });

  it('is otherwise what the API is, with callers and ways of its own', () => {
    const [stable, canary] = [api(settings, changes), workload('api-canary', settings, changes)];
    const same = ({
      name: _n,
      runs: _r,
      traits: _t,
      policyExceptions: _p,
      containers: [{ image: _i, ...container }],
      ...rest
    }: Workload) => ({
      ...rest,
      container,
    });
    expect(same(canary)).toEqual(same(stable));
    expect(canary.admits).toEqual(changes.admits);
  });
});
