import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compose } from '../../infra/compose.ts';
import { parseQuantity } from '../../infra/quantity.ts';
import { readStackConfig } from '../../infra/read-config.ts';
import { collect } from '../../infra/render/collect.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { renderConfiguration, renderStack } from '../../infra/render/render.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { root } from '../processes.ts';
import { edges } from './edges.ts';
import { Rendered, type Container, type RenderedWorkload, type ScaledObjectSpec } from './rendered.ts';
import { configurationVariants, type Configuration } from './variants.ts';

let dev: Rendered;
let prod: Rendered;

beforeAll(async () => {
  dev = new Rendered(await renderStack(root, 'dev'));
  prod = new Rendered(await renderStack(root, 'prod'));
});

const variant = async (name: string) => {
  const configuration = configurationVariants()[name] as Configuration;
  return new Rendered(await renderConfiguration(configuration, name));
};

const container = (stack: Rendered, workload: string): Container => {
  const [first] = stack.workload(workload).pod.containers;
  if (first === undefined) throw new Error(`${workload} has no container`);
  return first;
};

const data = (stack: Rendered, configMap: string) =>
  stack.get('ConfigMap', configMap)['data'] as Record<string, string>;

/** A file of a ConfigMap that is YAML. */
const yaml = (stack: Rendered, configMap: string, file: string): unknown => parse(data(stack, configMap)[file] ?? '');

const budget = (stack: Rendered, name: string) => stack.get('PodDisruptionBudget', name).spec;

const copies = (stack: Rendered, name: string) => stack.workload(name).spec.replicas;

/** Bytes that the scheduler reserves for all pods of a workload. */
const reservedMemory = ({ spec, pod }: RenderedWorkload) =>
  (spec.replicas ?? 1) *
  pod.containers.reduce((sum, each) => sum + parseQuantity(each.resources?.requests?.['memory'] ?? ''), 0);

describe('S1: the API', () => {
  test('leaves the number of its copies in prod to the autoscaler, from 3 to 10', () => {
    expect(copies(prod, 'api')).toBeUndefined();
    expect(prod.get<ScaledObjectSpec>('ScaledObject', 'api').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'api' },
      minReplicaCount: 3,
      maxReplicaCount: 10,
    });
    expect(prod.all('HorizontalPodAutoscaler')).toEqual([]);
  });

  test('scales in prod on CPU, on 85 % of its memory and on active queries', () => {
    const { triggers } = prod.get<ScaledObjectSpec>('ScaledObject', 'api').spec;
    expect(triggers).toMatchObject([
      { type: 'cpu', metadata: { value: '70' } },
      { type: 'memory', metadata: { value: '85' } },
      { type: 'prometheus', metadata: { query: 'sum(rag_active_queries{job="api"})' } },
    ]);
  });

  test('scales on CPU and memory by an autoscaler of Kubernetes where there is no KEDA', async () => {
    const stack = await variant('ingress');
    expect(stack.all('ScaledObject')).toEqual([]);
    expect(stack.get('HorizontalPodAutoscaler', 'api').spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 3,
      metrics: [{ resource: { name: 'cpu' } }, { resource: { name: 'memory', target: { averageUtilization: 85 } } }],
    });
  });

  test('keeps two copies in prod while nodes are drained, and lets go of what is not ready', () => {
    expect(budget(prod, 'api')).toMatchObject({ minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  test('spreads its copies over nodes and zones', () => {
    const spread = prod.workload('api').pod.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
  });

  test('drains for as long as a request may take, and is killed only later', () => {
    const { pod } = prod.workload('api');
    expect(data(prod, 'api-environment')).toMatchObject({ REQUEST_TIMEOUT_SECS: '60', SHUTDOWN_DRAIN_SECS: '65' });
    expect(pod.containers[0]?.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(10 + 65 + 5);
  });

  test('is updated without a pod less than before', () => {
    for (const stack of [dev, prod]) {
      expect(stack.workload('api').spec.strategy).toEqual({
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      });
    }
  });

  test('has its settings from a ConfigMap and its keys from Secrets, by name', () => {
    const { env = [], envFrom } = container(prod, 'api');
    expect(envFrom).toEqual([{ configMapRef: { name: 'api-environment' } }]);
    expect(env).toContainEqual({
      name: 'JWT_SECRET',
      valueFrom: { secretKeyRef: { name: 'api-keys', key: 'jwt-secret' } },
    });
    expect(env).toContainEqual({ name: 'REDIS_URL', value: 'redis://:$(REDIS_PASSWORD)@redis:6379' });
  });

  test('rolls when its configuration changes', async () => {
    const file = readStackFile(root, 'dev');
    const changed = { ...file, 'ballast:api': JSON.stringify({ environment: { RATE_LIMIT_PER_MINUTE: '77' } }) };
    const after = new Rendered(await renderConfiguration(changed, 'dev'));
    expect(rolled(dev, after)).toEqual(['Deployment/api']);
  });

  test('has a canary of its own digest behind the same route, by weight', async () => {
    const stack = await variant('canary');
    expect(container(stack, 'api-canary').image).toMatch(/@sha256:(ab){32}$/);
    expect(stack.get('HTTPRoute', 'api').spec).toMatchObject({
      rules: [
        {
          backendRefs: [
            { name: 'api', weight: 90 },
            { name: 'api-canary', weight: 10 },
          ],
        },
      ],
    });
  });
});

describe('S2: Qdrant', () => {
  test('has three voters in prod, which know each other by name', () => {
    expect(copies(prod, 'qdrant')).toBe(3);
    expect(data(prod, 'qdrant-environment')).toMatchObject({
      QDRANT__CLUSTER__ENABLED: 'true',
      QDRANT_BOOTSTRAP: 'http://qdrant-0.qdrant-peers:6335',
    });
    expect(edges(prod).out).toContain('qdrant -> qdrant:6335/TCP');
  });

  test('keeps each passage on two nodes in prod', () => {
    expect(data(prod, 'api-environment')).toMatchObject({ QDRANT_REPLICATION_FACTOR: '2' });
  });

  test('keeps a majority of its nodes while nodes are drained', () => {
    expect(budget(prod, 'qdrant')).toMatchObject({ minAvailable: 2 });
  });

  test('is one node in dev', () => {
    expect(copies(dev, 'qdrant')).toBe(1);
    expect(data(dev, 'qdrant-environment')).not.toHaveProperty('QDRANT__CLUSTER__ENABLED');
  });

  test('has volumes for data and snapshots on every node', () => {
    expect(prod.workload('qdrant').claimTemplates).toEqual(['storage', 'snapshots']);
  });

  test('asks for a full key, and for one that only reads from whom scrapes it', () => {
    const { env = [] } = container(prod, 'qdrant');
    const keys = Object.fromEntries(env.map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef?.key]));
    expect(keys).toMatchObject({
      QDRANT__SERVICE__API_KEY: 'api-key',
      QDRANT__SERVICE__READ_ONLY_API_KEY: 'read-only-api-key',
    });
    const shown = prod.workload('prometheus').pod.volumes?.flatMap(({ secret }) => secret?.items ?? []);
    expect(shown?.map(({ key }) => key)).toEqual(['read-only-api-key']);
  });

  test('is saved node by node, and what was saved is restored on trial', () => {
    const nodes = [0, 1, 2].map((node) => `http://qdrant-${node}.qdrant-peers:6333`).join(',');
    expect(data(prod, 'qdrant-snapshot-environment')).toMatchObject({ QDRANT_NODES: nodes });
    const schedules = ['qdrant-snapshot', 'restore-drill', 'qdrant-restore'].map((name) => {
      const { schedule, suspend } = prod.workload(name).spec;
      return { name, schedule, suspend };
    });
    expect(schedules).toMatchObject([
      { name: 'qdrant-snapshot', schedule: '0 3 * * *', suspend: false },
      { name: 'restore-drill', schedule: '0 5 * * 0', suspend: false },
      { name: 'qdrant-restore', suspend: true },
    ]);
  });

  test('alerts when nothing was saved or a drill failed', () => {
    const { groups } = yaml(prod, 'prometheus-configuration', 'rules.yml') as {
      groups: { rules: { alert?: string; expr: string }[] }[];
    };
    const alerting = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    for (const job of ['qdrant-snapshot', 'restore-drill', 'redis-backup']) {
      expect(alerting.filter(({ expr }) => expr.includes(`"${job}"`))).not.toEqual([]);
    }
  });
});

describe('S3: the other parts', () => {
  test('listen where everybody expects them', () => {
    const ports = Object.fromEntries(
      ['tei', 'litellm', 'mlflow', 'prometheus', 'grafana'].map((name) => [
        name,
        container(dev, name).ports?.find((port) => port.name === 'http')?.containerPort,
      ]),
    );
    expect(ports).toEqual({ tei: 8080, litellm: 8001, mlflow: 5001, prometheus: 9090, grafana: 3001 });
  });

  test('leave retries to the service: LiteLLM has none', () => {
    expect(yaml(prod, 'litellm-configuration', 'config.yaml')).toMatchObject({
      litellm_settings: { num_retries: 0 },
      router_settings: { num_retries: 0 },
    });
  });

  test('keep the budgets: Redis evicts only what expires, and writes everything to its file', () => {
    const lines = (data(prod, 'redis-configuration')['redis.conf'] ?? '').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['maxmemory-policy volatile-lru', 'appendonly yes']));
    expect(prod.workload('redis-backup').spec).toMatchObject({ schedule: '30 * * * *', suspend: false });
  });

  test('keep runs in SQLite on a volume in dev, and in PostgreSQL in prod', () => {
    const store = (stack: Rendered) =>
      container(stack, 'mlflow').env?.find(({ name }) => name === 'MLFLOW_BACKEND_STORE_URI');
    expect(store(dev)?.value ?? data(dev, 'mlflow-environment')['MLFLOW_BACKEND_STORE_URI']).toMatch(/^sqlite:/);
    expect(store(prod)?.valueFrom).toEqual({ secretKeyRef: { name: 'mlflow-store', key: 'url' } });
    const outside = edges(prod).outside.filter(
      ({ workload, ports }) => workload === 'mlflow' && ports[0]?.port === 5432,
    );
    expect(outside).toMatchObject([
      { peer: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'databases' } } } },
    ]);
  });

  test('keep metrics for 30 days, traces for 7 and logs as long as told', () => {
    expect(yaml(prod, 'prometheus-configuration', 'prometheus.yml')).toMatchObject({
      storage: { tsdb: { retention: { time: '30d' } } },
    });
    expect(data(prod, 'jaeger-configuration')['config.yaml']).toContain('spans: 168h');
    expect(yaml(prod, 'loki-configuration', 'loki.yaml')).toMatchObject({
      compactor: { retention_enabled: true },
      limits_config: { retention_period: '720h' },
    });
  });

  test('show dashboards from files: Grafana has no volume, and a password that nobody chose', () => {
    for (const stack of [dev, prod]) {
      const { pod, claimTemplates } = stack.workload('grafana');
      expect(claimTemplates).toEqual([]);
      expect(pod.volumes?.filter((volume) => volume.persistentVolumeClaim)).toEqual([]);
      expect(Object.keys(data(stack, 'grafana-dashboards')).length).toBeGreaterThan(0);
      expect(container(stack, 'grafana').env).toContainEqual({
        name: 'GF_SECURITY_ADMIN_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'grafana-admin', key: 'password' } },
      });
    }
  });

  test('can all be switched off: what is left is the API', async () => {
    const stack = await variant('smallest');
    expect(stack.workloads.map(({ title }) => title)).toEqual(['Deployment/api']);
    expect([...edges(stack).out]).toEqual([]);
  });

  test('can be existing ones: nothing of them runs, and the API is told where they are', async () => {
    const stack = await variant('existing-parts');
    const names = stack.workloads.map(({ name }) => name);
    for (const part of ['qdrant', 'tei', 'redis', 'litellm', 'mlflow', 'jaeger', 'loki', 'prometheus']) {
      expect(names).not.toContain(part);
    }
    expect(data(stack, 'api-environment')).toMatchObject({
      QDRANT_URL: 'https://qdrant.example.com',
      TEI_URL: 'http://tei.models:8080',
      LLM_BASE_URL: 'https://llm.example.com/v1',
    });
  });
});

describe('T3: traces and logs', () => {
  const telemetry = (stack: Rendered) => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = data(stack, 'api-environment');
    return { endpoint, ratio };
  };
  const secrets = (stack: Rendered) =>
    (container(stack, 'api').env ?? []).flatMap(({ name, valueFrom }) => {
      const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
      return secret === 'otel-collector' || secret === 'sentry' ? [`${name} from ${secret} ${key}`] : [];
    });

  test('leave the API by its collector, all of them in dev and a tenth in prod', () => {
    const endpoint = 'http://otel-collector:4318';
    expect(telemetry(dev)).toEqual({ endpoint, ratio: '1' });
    expect(telemetry(prod)).toEqual({ endpoint, ratio: '0.1' });
    for (const stack of [dev, prod]) {
      expect(edges(stack).out).toContain('api -> otel-collector:4318/TCP');
      expect(edges(stack).into).toContain('api -> otel-collector:4318/TCP');
      expect(secrets(stack)).toEqual([]);
    }
  });

  test('leave the canary by the same way', async () => {
    const stack = await variant('canary');
    expect(data(stack, 'api-canary-environment')).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4318',
    });
    expect(edges(stack).out).toContain('api-canary -> otel-collector:4318/TCP');
  });

  test('leave for a collector elsewhere with its key, and incidents for Sentry', async () => {
    const stack = await variant('external-secrets');
    expect(telemetry(stack)).toEqual({ endpoint: 'https://otel.example.com', ratio: '0.1' });
    expect(secrets(stack).sort()).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS from otel-collector headers',
      'SENTRY_DSN from sentry dsn',
    ]);
    const to = (port: number) =>
      edges(stack)
        .outside.filter(({ workload, ports }) => workload === 'api' && ports[0]?.port === port)
        .map(({ peer }) => peer.ipBlock?.cidr);
    expect(to(443)).toContain('0.0.0.0/0');
    expect(to(9443)).toEqual(['192.0.2.0/24']);
  });

  test('go nowhere where there is no collector', async () => {
    expect(telemetry(await variant('smallest'))).toEqual({ endpoint: undefined, ratio: undefined });
  });

  test('are kept as a share by a collector that is told so, beside all that failed or were slow', async () => {
    const told = yaml(await variant('existing-parts'), 'otel-collector-configuration', 'config.yaml') as {
      processors: { tail_sampling: { decision_wait: string; policies: { name: string }[] } };
    };
    const { decision_wait, policies } = told.processors.tail_sampling;
    expect(policies.map(({ name }) => name)).toEqual(['failed', 'slow', 'share']);
    // The longest request, and what its spans take to come.
    expect(decision_wait).toBe('310s');
  });

  test('of the API are read once: not by Alloy where the collector brings them to Loki', async () => {
    const alloy = (stack: Rendered) => data(stack, 'alloy-configuration')['config.alloy'] ?? '';
    const leftOut = /component"\]\n\s*regex = "api"\n\s*action = "drop"/;
    for (const stack of [dev, prod]) expect(alloy(stack)).toMatch(leftOut);
    // What an existing collector does with logs is not known.
    expect(alloy(await variant('external-secrets'))).not.toContain('drop');
    const file = { ...readStackFile(root, 'dev'), 'ballast:otelCollector': JSON.stringify({ use: 'off' }) };
    expect(alloy(new Rendered(await renderConfiguration(file, 'dev')))).not.toContain('drop');
    const components = (stack: Rendered) =>
      stack.workloads.flatMap(({ name, labels }) => (labels['app.kubernetes.io/component'] === 'api' ? [name] : []));
    expect(components(prod)).toEqual(['api']);
    expect(components(await variant('canary')).sort()).toEqual(['api', 'api-canary']);
  });
});

describe('S4: monitoring', () => {
  /** Labels of everything that the operator's Prometheus reads, with the job that it becomes. */
  const jobs = (stack: Rendered) =>
    stack
      .all<{ endpoints: { relabelings: { targetLabel?: string; replacement?: string }[] }[] }>('ServiceMonitor')
      .flatMap(({ spec }) => spec.endpoints.flatMap(({ relabelings }) => relabelings))
      .flatMap(({ targetLabel, replacement }) => (targetLabel === 'job' ? replacement : []));

  test('has the same jobs and the same rules in both forms', async () => {
    const operator = await variant('operator');
    const { scrape_configs: scraped } = yaml(dev, 'prometheus-configuration', 'prometheus.yml') as {
      scrape_configs: { job_name: string }[];
    };
    const own = scraped.map(({ job_name: job }) => job).filter((job) => job !== 'prometheus' && job !== 'alertmanager');
    expect(jobs(operator).sort()).toEqual(own.sort());
    const alerts = (groups: readonly { rules: readonly { alert?: string }[] }[]) =>
      groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
    const { groups } = yaml(dev, 'prometheus-configuration', 'rules.yml') as {
      groups: { rules: { alert?: string }[] }[];
    };
    const given = operator.get<{ groups: { rules: { alert?: string }[] }[] }>('PrometheusRule', 'ballast').spec.groups;
    // Only a cluster's Prometheus asks kubelets how full volumes are.
    const ofVolumes = ['VolumeFillingUp', 'VolumeNearlyFull'];
    expect(alerts(given)).toEqual(expect.arrayContaining(ofVolumes));
    expect(alerts(groups)).toEqual(expect.arrayContaining(alerts(given).filter((name) => !ofVolumes.includes(name))));
    expect(alerts(groups)).not.toContain('VolumeNearlyFull');
  });

  test('watches the nodes where the kube-state-metrics of the cluster sees them', async () => {
    const rules = async (name: string) => JSON.stringify((await variant(name)).get('PrometheusRule', 'ballast').spec);
    expect(await rules('operator')).not.toContain('NodeUnderPressure');
    expect(await rules('existing-parts')).toContain('NodeUnderPressure');
  });

  test('watches the certificate where cert-manager makes one, and may ask cert-manager', async () => {
    const certified = await variant('ingress');
    expect(data(certified, 'prometheus-configuration')['rules.yml']).toContain('CertificateExpiresSoon');
    const asked = edges(certified).outside.filter(({ workload, ports }) => {
      return workload === 'prometheus' && ports.some(({ port }) => port === 9402);
    });
    const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cert-manager' } } };
    expect(asked).toMatchObject([{ direction: 'out', peer }]);
    for (const word of ['Certificate', 'cert-manager']) {
      expect(data(dev, 'prometheus-configuration')['rules.yml']).not.toContain(word);
    }
  });

  test('carries the labels that an existing operator selects by', async () => {
    const operator = await variant('operator');
    const objects = ['ServiceMonitor', 'PrometheusRule', 'AlertmanagerConfig'].flatMap((kind) => operator.all(kind));
    expect(objects.length).toBeGreaterThan(3);
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ release: 'kube-prometheus-stack' });
    expect(operator.workloads.map(({ name }) => name)).not.toContain('prometheus');
  });

  test('watches nothing that the stack does not have', async () => {
    const file = {
      ...readStackFile(root, 'dev'),
      'ballast:tei': JSON.stringify({ use: 'external', url: 'http://tei.models:8080' }),
    };
    const without = new Rendered(await renderConfiguration(file, 'dev'));
    expect(data(dev, 'prometheus-configuration')['rules.yml']).toContain('job="tei"');
    expect(data(without, 'prometheus-configuration')['rules.yml']).not.toContain('job="tei"');
  });
});

describe('S5: the namespace', () => {
  test('lets in only pods that are restricted', () => {
    for (const stack of [dev, prod]) {
      const [namespace] = stack.all('Namespace');
      expect(namespace?.metadata.labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      });
    }
  });

  test('has a quota that every copy at its most fits, twice in an update', () => {
    const { hard } = prod.get<{ hard: Record<string, string> }>('ResourceQuota', 'stack').spec;
    const rest = prod.workloads
      .filter(({ name }) => name !== 'api')
      .reduce((sum, each) => sum + reservedMemory(each), 0);
    const most = rest + 2 * 10 * reservedMemory(prod.workload('api'));
    expect(parseQuantity(hard['requests.memory'] ?? '')).toBeGreaterThanOrEqual(most);
  });

  test('gives a container that asks for nothing a little', () => {
    expect(prod.all('LimitRange').map(({ spec }) => spec)).toMatchObject([
      { limits: [{ type: 'Container', default: { memory: '128Mi' }, defaultRequest: { memory: '64Mi' } }] },
    ]);
  });
});

describe('S6: the network', () => {
  test('lets the API call its upstreams and nobody else', () => {
    const called = [...edges(prod).out].filter((edge) => edge.startsWith('api -> ')).sort();
    expect(called).toEqual([
      'api -> litellm:8001/TCP',
      'api -> otel-collector:4318/TCP',
      'api -> qdrant:6333/TCP',
      'api -> redis:6379/TCP',
      'api -> tei:8080/TCP',
    ]);
  });

  test('lets the gateway and Prometheus call the API, and nobody else', () => {
    const { into, outside } = edges(prod);
    expect([...into].filter((edge) => edge.includes('-> api:'))).toEqual(['prometheus -> api:8000/TCP']);
    const callers = outside.filter(({ workload, direction }) => workload === 'api' && direction === 'into');
    expect(callers).toMatchObject([
      {
        peer: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } },
        ports: [{ port: 8000 }],
      },
    ]);
  });

  test('answers who asks for names, over UDP and TCP, by pods and by a cache on the node', () => {
    const dns = edges(prod).outside.filter(({ workload, ports }) => workload === 'api' && ports[0]?.port === 53);
    expect(dns.map(({ ports }) => ports.map(({ protocol }) => protocol))).toEqual([
      ['TCP', 'UDP'],
      ['TCP', 'UDP'],
    ]);
    expect(dns.map(({ peer }) => peer.ipBlock?.cidr ?? peer.podSelector?.matchLabels)).toEqual([
      '169.254.20.10/32',
      { 'k8s-app': 'kube-dns' },
    ]);
  });
});

describe('S7: the way in', () => {
  test('is a route of the Gateway API in prod, with the host and a timeout', () => {
    expect(prod.get('HTTPRoute', 'api').spec).toMatchObject({
      hostnames: ['api.example.com'],
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
      rules: [
        {
          backendRefs: [{ name: 'api', port: 8000 }],
          timeouts: { request: expect.stringMatching(/^\d+s$/) as string },
        },
      ],
    });
  });

  test('does not lead to metrics, nor to what administrators see', () => {
    const { rules } = prod.get<{ rules: { matches: { path: { value: string } }[] }[] }>('HTTPRoute', 'api').spec;
    const paths = rules.flatMap(({ matches }) => matches.map(({ path }) => path.value));
    expect(paths).toContain('/query');
    for (const inside of ['/', '/metrics', '/config', '/costs', '/incidents', '/health/deep']) {
      expect(paths).not.toContain(inside);
    }
  });

  test('is an Ingress with a certificate where that is asked for', async () => {
    const stack = await variant('ingress');
    expect(stack.get('Ingress', 'api').spec).toMatchObject({
      tls: [{ hosts: ['api.example.com'], secretName: 'gateway-tls' }],
    });
    expect(stack.get('Certificate', 'gateway-tls').spec).toMatchObject({ dnsNames: ['api.example.com'] });
    expect(stack.all('HTTPRoute')).toEqual([]);
  });

  test('is not there in dev: the API is reached by a forwarded port', () => {
    expect([...dev.all('HTTPRoute'), ...dev.all('Ingress'), ...dev.all('Gateway')]).toEqual([]);
  });
});

describe('S8: the image of the API', () => {
  test('is the tag of the release, or the digest that delivery passes', async () => {
    expect(container(dev, 'api').image).toMatch(/^ghcr\.io\/ballast\/ballast-api:\d+\.\d+\.\d+$/);
    expect(container(await variant('ingress'), 'api').image).toMatch(/@sha256:(ab){32}$/);
  });

  test('is what the backups run, too', () => {
    const images = prod.workloads.filter(({ kind }) => kind === 'CronJob').flatMap(({ containers }) => containers);
    for (const { image } of images) expect(image).toBe(container(prod, 'api').image);
  });
});

describe('S9: the render', () => {
  test('has an object of each kind that the stack is made of', () => {
    const kinds = new Set(prod.manifests.map(({ kind }) => kind));
    const expected = [
      'Namespace',
      'ResourceQuota',
      'LimitRange',
      'NetworkPolicy',
      'ServiceAccount',
      'Secret',
      'ConfigMap',
    ];
    const running = [
      'Service',
      'Deployment',
      'StatefulSet',
      'CronJob',
      'PodDisruptionBudget',
      'ScaledObject',
      'HTTPRoute',
    ];
    expect([...kinds]).toEqual(expect.arrayContaining([...expected, ...running]));
  });

  test('names the keys of secrets, and has no value of one', () => {
    const secret = prod.get('Secret', 'qdrant-keys');
    expect(secret.metadata.annotations).toMatchObject({
      'ballast.dev/secret-keys': 'api-key,api-key-previous,read-only-api-key',
    });
    expect(secret).not.toHaveProperty('data');
    expect(secret).not.toHaveProperty('stringData');
  });
});

describe('S12: the dev stack', () => {
  test('fits into 4 GiB of memory with every job running', () => {
    const reserved = dev.workloads.reduce((sum, each) => sum + reservedMemory(each), 0);
    expect(reserved).toBeLessThanOrEqual(parseQuantity('4Gi'));
    expect(reserved).toBeGreaterThan(parseQuantity('1Gi'));
  });

  test('is one copy of everything', () => {
    const several = dev.workloads.filter(({ spec }) => (spec.replicas ?? 1) !== 1);
    expect(several.map(({ title }) => title)).toEqual([]);
    expect([
      ...dev.all('HorizontalPodAutoscaler'),
      ...dev.all('ScaledObject'),
      ...dev.all('PodDisruptionBudget'),
    ]).toEqual([]);
  });

  test('needs no controller that a plain cluster does not have', () => {
    const groups = dev.manifests.map(({ apiVersion }) => apiVersion.split('/').at(-2) ?? '');
    expect(new Set(groups.filter((group) => group.includes('.')))).toEqual(
      new Set(['networking.k8s.io', 'rbac.authorization.k8s.io']),
    );
  });

  test('asks the user for nothing', async () => {
    await expect(registered('dev')).resolves.not.toEqual([]);
  });
});

describe('S12: the prod stack', () => {
  let resources: RegisteredResource[];
  beforeAll(async () => {
    resources = await registered('prod', { mlflowStoreUrl: 'postgresql://it' });
  });

  const withKind = (kind: string) => resources.filter(({ type }) => type.endsWith(`:${kind}`));

  test('protects its namespace, its volumes and its generated passwords, and leaves the data where it is', () => {
    const kept = { protect: true, retainOnDelete: true };
    for (const kind of ['Namespace', 'PersistentVolumeClaim']) {
      expect(withKind(kind)).not.toEqual([]);
      for (const { options } of withKind(kind)) expect(options).toMatchObject(kept);
    }
    for (const { options } of withKind('RandomPassword')) expect(options.protect).toBe(true);
    // Not what is fetched or said again: the weights of TEI, the silences of Alertmanager.
    const retained = prod
      .all<{ persistentVolumeClaimRetentionPolicy: object }>('StatefulSet')
      .filter(({ spec }) =>
        JSON.stringify(spec.persistentVolumeClaimRetentionPolicy).includes('"whenDeleted":"Retain"'),
      );
    expect(retained.map(({ metadata }) => metadata.name).sort()).toEqual([
      'jaeger',
      'loki',
      'mlflow',
      'prometheus',
      'qdrant',
      'redis',
    ]);
  });

  test('runs at least two copies of whatever a question needs, but for Redis, without which it goes on', () => {
    for (const name of ['api', 'qdrant', 'tei', 'litellm']) {
      expect(prod.fewestCopies(prod.workload(name))).toBeGreaterThanOrEqual(2);
    }
  });

  test('starts no pod before the policy that lets it call, and the Secrets that it holds', () => {
    for (const { name, options } of [...withKind('Deployment'), ...withKind('StatefulSet'), ...withKind('CronJob')]) {
      const before = options.dependsOn.map((urn) => urn.replace(/^.*:(\w+)::(.*)$/, '$1/$2'));
      expect(before).toContain(`NetworkPolicy/${name}`);
      expect(before).toContain(`ServiceAccount/${name}`);
      const secrets = prod
        .workload(name)
        .containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []));
      for (const secret of secrets) expect(before).toContain(`Secret/${secret}`);
    }
  });

  test('rolls exactly the pods that hold a secret when it is rotated', async () => {
    const rotated = { ...readStackFile(root, 'prod'), 'ballast:rotation': JSON.stringify({ 'redis-auth': 2 }) };
    const after = new Rendered(await renderConfiguration(rotated, 'prod'));
    expect(rolled(prod, after)).toEqual([
      'CronJob/redis-backup',
      'CronJob/redis-restore',
      'Deployment/api',
      'StatefulSet/redis',
    ]);
  });
});

/** Everything that the program of a committed stack registers, with its options. */
async function registered(stack: string, credentials: Record<string, string> = {}): Promise<RegisteredResource[]> {
  const config = readStackConfig(readStackFile(root, stack));
  return collect(() => compose(config, { stack, credentials }), { project: 'ballast', stack });
}

/** Workloads whose pods are made anew between two renders of a stack. */
const rolled = (before: Rendered, after: Rendered) =>
  after.workloads
    .filter(({ name, pod, annotations }) => {
      const old = before.workload(name);
      return JSON.stringify([old.pod, old.annotations]) !== JSON.stringify([pod, annotations]);
    })
    .map(({ title }) => title)
    .sort();
