import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { probes } from '../../service/contract/http.ts';
import { parseQuantity } from '../../infra/quantity.ts';
import { readStackConfig } from '../../infra/read-config.ts';
import { toYaml } from '../../infra/render/manifest.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import '../property.setup.ts';
import { toldEdges } from './addresses.ts';
import { anyConfigurations, configurations, credentialMark, isValid } from './configurations.ts';
import { edges } from './edges.ts';
import { isMade, references, secretKeys, sentence } from './references.ts';
import {
  isSubset,
  Rendered,
  type AutoscalerSpec,
  type Container,
  type NetworkPolicySpec,
  type RenderedWorkload,
  type ScaledObjectSpec,
  type ServiceSpec,
} from './rendered.ts';
import { configurationVariants, type Configuration } from './variants.ts';

const variants = Object.values(configurationVariants());

/** Generated configurations, beside the variants, that every property is tried with. */
const generated = 24;

const renders = new Map<Configuration | string, Promise<Rendered>>();

/** A configuration is rendered once for all properties. One at a time: Pulumi has one monitor for the whole process. */
function render(configuration: Configuration): Promise<Rendered> {
  const key = JSON.stringify(configuration);
  const known = renders.get(key) ?? renderConfiguration(configuration, 'test').then((all) => new Rendered(all));
  renders.set(key, known);
  return known;
}

/** Tries a property with every variant and with the generated configurations, the same for each property. */
async function holds(
  property: (stack: Rendered, configuration: Configuration) => void | Promise<void>,
  { runs = generated, withinMs = 45_000 } = {},
): Promise<void> {
  const tried = fc.asyncProperty(configurations, async (configuration) =>
    property(await render(configuration), configuration),
  );
  await fc.assert(tried, {
    numRuns: variants.length + runs,
    examples: variants.map((variant): [Configuration] => [variant]),
    // A failure that is still being made smaller then is told as it is.
    interruptAfterTimeLimit: withinMs,
    markInterruptAsFailure: true,
  });
}

/** What is wrong, workload by workload. */
const faults = (stack: Rendered, of: (workload: RenderedWorkload) => readonly string[]) =>
  stack.workloads.flatMap((workload) => of(workload).map((fault) => `${workload.title}: ${fault}`));

/** Most of the time goes into rendering: once for all that follows. */
const renderingMs = 180_000;
beforeAll(() => holds(() => undefined, { withinMs: renderingMs }), renderingMs);

test('generated configurations are valid for the most part', () => {
  const all = fc.sample(anyConfigurations, { numRuns: 200 });
  expect(all.filter(isValid).length).toBeGreaterThan(all.length / 2);
});

describe('every pod', () => {
  test('is as restricted as Pod Security has it, on a read-only root', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ pod, containers }) => [
        ...unlike(pod, { enableServiceLinks: false, hostNetwork: undefined, hostPID: undefined, hostIPC: undefined }),
        ...unlike(pod.securityContext ?? {}, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }),
        ...((pod.securityContext?.runAsUser ?? 0) > 0 ? [] : ['runs as root']),
        ...containers.flatMap(({ name, securityContext }) =>
          unlike(securityContext ?? {}, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
            privileged: undefined,
            runAsUser: undefined,
            runAsNonRoot: undefined,
            seccompProfile: undefined,
          }).map((fault) => `${name} ${fault}`),
        ),
      ]);
      expect(all).toEqual([]);
    });
  });

  test('has volumes of the kinds that leave the node alone', async () => {
    const allowed = ['configMap', 'secret', 'emptyDir', 'persistentVolumeClaim'];
    await holds((stack) => {
      const all = faults(stack, ({ pod, containers }) => [
        ...(pod.volumes ?? []).flatMap(({ name, ...source }) =>
          Object.keys(source).every((kind) => allowed.includes(kind)) ? [] : [`volume ${name}`],
        ),
        ...containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []).map(String)),
      ]);
      expect(all).toEqual([]);
    });
  });

  test('holds a token for the API server exactly if its account has rights', async () => {
    await holds((stack) => {
      const bound = [...stack.all('RoleBinding'), ...stack.all('ClusterRoleBinding')].flatMap(
        ({ subjects }) => subjects as { readonly name: string }[],
      );
      const holding = stack.workloads.filter(({ pod }) => pod.automountServiceAccountToken !== false);
      expect(holding.map(({ pod }) => pod.serviceAccountName).sort()).toEqual(bound.map(({ name }) => name).sort());
      expect(stack.all('ServiceAccount').filter((each) => each['automountServiceAccountToken'] !== false)).toEqual([]);
    });
  });

  test('asks for CPU, memory and disk, and for at most its limits', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ containers }) =>
        containers.flatMap(({ name, resources }) =>
          ['cpu', 'memory', 'ephemeral-storage']
            .filter((kind) => {
              const [request, limit] = [resources?.requests?.[kind], resources?.limits?.[kind]];
              if (request === undefined || limit === undefined) return true;
              return parseQuantity(request) <= 0 || parseQuantity(request) > parseQuantity(limit);
            })
            .map((kind) => `${name} ${kind}`),
        ),
      );
      expect(all).toEqual([]);
    });
  });

  test('runs images of a tag that is not latest', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ containers }) =>
        containers.flatMap(({ image = '' }) =>
          /^[^@]+\/[^@:]+:(?!latest(@|$))[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(image) ? [] : [image],
        ),
      );
      expect(all).toEqual([]);
    });
  });

  test('mounts what it has, and has what it mounts', async () => {
    await holds((stack) => {
      for (const { pod, containers, claimTemplates } of stack.workloads) {
        const has = [...(pod.volumes ?? []).map(({ name }) => name), ...claimTemplates];
        const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
        expect([...new Set(mounted)].sort()).toEqual(has.sort());
      }
    });
  });

  test('is asked at ports that it has', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ containers }) =>
        containers.flatMap(({ startupProbe, livenessProbe, readinessProbe, ports = [] }) =>
          [startupProbe, livenessProbe, readinessProbe]
            .flatMap((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port ?? [])
            .filter((asked) => !ports.some(({ name, containerPort }) => asked === name || asked === containerPort))
            .map(String),
        ),
      );
      expect(all).toEqual([]);
    });
  });

  test('that serves is asked whether it is ready and alive, and is left more time to live than to be ready', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ kind, containers }) => {
        if (kind === 'CronJob') return [];
        const ready = containers.filter(({ readinessProbe }) => readinessProbe !== undefined);
        const patience = (probe: Container['livenessProbe']) =>
          (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0);
        return [
          ...(ready.length === 0 ? ['is never asked whether it is ready'] : []),
          ...containers.flatMap(({ name, livenessProbe }) => (livenessProbe ? [] : [`${name} is not asked for life`])),
          ...ready.flatMap(({ name, livenessProbe, readinessProbe }) =>
            patience(livenessProbe) < patience(readinessProbe) ? [`${name} dies before it is unready`] : [],
          ),
        ];
      });
      expect(all).toEqual([]);
    });
  });
});

describe('the API', () => {
  test('is asked as the contract says', async () => {
    await holds((stack) => {
      const instances = stack.workloads.filter(({ name }) => name === 'api' || name === 'api-canary');
      expect(instances.length).toBeGreaterThan(0);
      for (const { containers } of instances) {
        const asked = ({ path, ...times }: (typeof probes)[keyof typeof probes]) => ({
          httpGet: { path, port: 'http' },
          ...times,
        });
        expect(containers[0]?.startupProbe).toEqual(asked(probes.startup));
        expect(containers[0]?.livenessProbe).toEqual({
          ...asked(probes.liveness),
          terminationGracePeriodSeconds: 15,
        });
        expect(containers[0]?.readinessProbe).toEqual(asked(probes.readiness));
      }
    });
  });

  test('has time to end every request before it is killed', async () => {
    await holds((stack, configuration) => {
      const { requestTimeoutSeconds } = readStackConfig(configuration).api;
      const { pod } = stack.workload('api');
      const delay = pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
      const environment = stack.get('ConfigMap', 'api-environment')['data'] as Record<string, string>;
      const drain = Number(environment['SHUTDOWN_DRAIN_SECS']);
      expect(delay).toBeGreaterThan(0);
      expect(drain).toBeGreaterThan(requestTimeoutSeconds);
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(delay + drain);
    });
  });
});

describe('the network', () => {
  test('is closed but for what a policy opens, and every workload has one of its own for both ways', async () => {
    await holds((stack) => {
      const policies = stack.all<NetworkPolicySpec>('NetworkPolicy');
      const both = ['Ingress', 'Egress'];
      expect(stack.get('NetworkPolicy', 'default-deny').spec).toEqual({ podSelector: {}, policyTypes: both });
      for (const { name } of stack.workloads) {
        const own = policies.filter(
          ({ metadata, spec }) =>
            metadata.name !== 'default-deny' &&
            stack.selected(spec.podSelector.matchLabels).some((each) => each.name === name),
        );
        expect(own.map(({ metadata, spec }) => [metadata.name, spec.policyTypes])).toEqual([[name, both]]);
      }
    });
  });

  test('lets the same edges out of callers as into those whom they call', async () => {
    await holds((stack) => {
      const { out, into } = edges(stack);
      expect([...out].sort()).toEqual([...into].sort());
    });
  });

  test('has an edge for each address of the stack that a workload is told, and none beside', async () => {
    await holds((stack) => {
      const told = stack.workloads.flatMap((workload) => [...toldEdges(stack, workload)]);
      // The nodes of a cluster tell each other their addresses themselves.
      const between = [...edges(stack).out].filter((edge) => !/^(\S+) -> \1:/.test(edge));
      expect(between.sort()).toEqual(told.sort());
    });
  });

  test('leads to ports that are listened on', async () => {
    await holds((stack) => {
      const listened = stack.workloads.flatMap(({ name, containers }) =>
        containers.flatMap(({ ports = [] }) =>
          ports.map(({ containerPort, protocol }) => `${name}:${containerPort}/${protocol ?? ''}`),
        ),
      );
      const called = [...edges(stack).into].map((edge) => edge.replace(/^\S+ -> /, ''));
      expect(called.filter((place) => !listened.includes(place))).toEqual([]);
    });
  });

  test('names peers and ports wherever it opens something', async () => {
    await holds((stack) => {
      const rules = stack
        .all<NetworkPolicySpec>('NetworkPolicy')
        .flatMap(({ spec }) => [...(spec.ingress ?? []), ...(spec.egress ?? [])])
        .map((rule) => ({
          peers: ('from' in rule ? rule.from : 'to' in rule ? rule.to : []) ?? [],
          ports: rule.ports ?? [],
        }));
      expect(rules.filter(({ peers, ports }) => peers.length === 0 || ports.length === 0)).toEqual([]);
      const selectors = rules
        .flatMap(({ peers }) => peers)
        .flatMap((peer) => peer.namespaceSelector ?? peer.podSelector ?? []);
      expect(selectors.filter(({ matchLabels }) => Object.keys(matchLabels ?? {}).length === 0)).toEqual([]);
    });
  });

  test('lets in from outside only whom the configuration names', async () => {
    await holds((stack, configuration) => {
      const { gateway, grafana, cluster, prometheus } = readStackConfig(configuration);
      const namespaces: Record<string, (string | undefined)[]> = {
        api: [gateway.from.namespace],
        'api-canary': [gateway.from.namespace],
        grafana: [grafana.from.namespace],
        prometheus: [cluster.keda ? cluster.namespaces.keda : undefined],
      };
      const scraping = prometheus.use === 'operator' ? cluster.namespaces.prometheus : undefined;
      for (const { workload, direction, peer } of edges(stack).outside) {
        if (direction === 'out') continue;
        if (peer.ipBlock) {
          expect(['api', 'api-canary']).toContain(workload);
          expect(gateway.from.cidrs).toContain(peer.ipBlock.cidr);
        } else {
          const allowed = [...(namespaces[workload] ?? []), scraping];
          expect(allowed).toContain(peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name']);
        }
      }
    });
  });

  test('leads to the internet on 443 alone, never into private networks, and to the API server only with rights there', async () => {
    await holds((stack, configuration) => {
      const { apiServer } = readStackConfig(configuration).cluster;
      for (const { workload, direction, peer, ports } of edges(stack).outside) {
        if (direction === 'into' || !peer.ipBlock?.cidr.endsWith('/0')) continue;
        const opened = ports.map(({ port }) => port);
        if (peer.ipBlock.except === undefined) {
          expect(stack.workload(workload).pod.automountServiceAccountToken).toBe(true);
          expect(apiServer.cidrs).toContain(peer.ipBlock.cidr);
          expect(opened).toEqual(apiServer.ports);
        } else {
          expect(opened).toEqual([443]);
          const metadata = peer.ipBlock.cidr === '::/0' ? 'fc00::/7' : '169.254.0.0/16';
          expect(peer.ipBlock.except).toContain(metadata);
        }
      }
    });
  });

  test('has no Service that is open to the outside by itself', async () => {
    await holds((stack) => {
      const types = stack.all<ServiceSpec>('Service').map(({ spec }) => spec.type);
      expect(types.filter((type) => type !== 'ClusterIP')).toEqual([]);
    });
  });
});

describe('what refers to something', () => {
  test('finds it', async () => {
    await holds((stack, configuration) => {
      // The user has made this one.
      const given = readStackConfig(configuration).gateway.tls.secret;
      const missing = references(stack).filter((reference) => !isMade(stack, reference) && reference.name !== given);
      expect(missing.map(sentence)).toEqual([]);
    });
  });

  test('is there for every ConfigMap, Secret, account and claim', async () => {
    await holds((stack) => {
      const used = new Set(references(stack).map(({ kind, name }) => `${kind}/${name}`));
      const made = ['ConfigMap', 'ServiceAccount', 'PersistentVolumeClaim', 'Role', 'ClusterRole'].flatMap((kind) =>
        stack.all(kind).map(({ metadata }) => `${kind}/${metadata.name}`),
      );
      const secrets = [...secretKeys(stack).keys()].map((name) => `Secret/${name}`);
      expect([...made, ...secrets].filter((each) => !used.has(each))).toEqual([]);
    });
  });

  test('selects something, by labels and by names of ports', async () => {
    await holds((stack) => {
      const empty: string[] = [];
      const check = (what: string, labels: Readonly<Record<string, string>> | undefined) => {
        if (stack.selected(labels).length === 0) empty.push(what);
      };
      for (const { metadata, spec } of stack.all<ServiceSpec>('Service')) {
        check(`Service/${metadata.name}`, spec.selector);
        const names = stack.selected(spec.selector).flatMap(portNames);
        for (const { targetPort } of spec.ports ?? []) {
          if (!names.includes(String(targetPort))) empty.push(`Service/${metadata.name} port ${targetPort ?? ''}`);
        }
      }
      for (const { metadata, spec } of stack.all<NetworkPolicySpec>('NetworkPolicy')) {
        // cert-manager starts these pods, for a minute, when it proves the host.
        if (metadata.name === 'certificate-solver') continue;
        check(`NetworkPolicy/${metadata.name}`, spec.podSelector.matchLabels);
        const peers = [
          ...(spec.ingress ?? []).flatMap((rule) => rule.from ?? []),
          ...(spec.egress ?? []).flatMap((rule) => rule.to ?? []),
        ];
        for (const { podSelector, namespaceSelector } of peers) {
          if (podSelector && !namespaceSelector)
            check(`a peer of NetworkPolicy/${metadata.name}`, podSelector.matchLabels);
        }
      }
      for (const { metadata, spec } of stack.all<{ selector: { matchLabels: Record<string, string> } }>(
        'PodDisruptionBudget',
      )) {
        check(`PodDisruptionBudget/${metadata.name}`, spec.selector.matchLabels);
      }
      expect(empty).toEqual([]);
    });
  });

  test('selects the pods of its own workload, in selectors of controllers and in spreads', async () => {
    await holds((stack) => {
      const all = faults(stack, ({ name, pod, labels, spec }) => [
        ...(spec.selector && !isSubset(spec.selector.matchLabels, labels) ? ['selector'] : []),
        ...(pod.topologySpreadConstraints ?? []).flatMap(({ labelSelector, topologyKey }) =>
          stack
            .selected(labelSelector?.matchLabels)
            .map((each) => each.name)
            .join() === name
            ? []
            : [topologyKey],
        ),
      ]);
      expect(all).toEqual([]);
    });
  });

  test('scales a Deployment that is there', async () => {
    await holds((stack) => {
      const scalers = [
        ...stack.all<AutoscalerSpec>('HorizontalPodAutoscaler'),
        ...stack.all<ScaledObjectSpec>('ScaledObject'),
      ];
      for (const { spec } of scalers) expect(stack.has(spec.scaleTargetRef.kind, spec.scaleTargetRef.name)).toBe(true);
    });
  });

  test('scrapes a port of a Service, each pod once', async () => {
    await holds((stack) => {
      const services = stack.all<ServiceSpec>('Service');
      for (const { metadata, spec } of stack.all<ServiceMonitorSpec>('ServiceMonitor')) {
        const selected = services.filter((each) => isSubset(spec.selector.matchLabels, each.metadata.labels ?? {}));
        expect(selected.map((each) => each.metadata.name)).toEqual([metadata.name]);
        const ports = selected.flatMap((each) => each.spec.ports ?? []).map(({ name }) => name);
        for (const { port } of spec.endpoints) expect(ports).toContain(port);
      }
    });
  });

  test('hangs on a listener of the Gateway that the stack makes', async () => {
    await holds((stack) => {
      const listeners = stack
        .all<{ listeners: { name: string }[] }>('Gateway')
        .flatMap(({ metadata, spec }) => spec.listeners.map(({ name }) => `${metadata.name}/${name}`));
      if (listeners.length === 0) return;
      const parents = stack
        .all<{ parentRefs: { name: string; sectionName?: string }[] }>('HTTPRoute')
        .flatMap(({ spec }) => spec.parentRefs.map(({ name, sectionName }) => `${name}/${sectionName ?? ''}`));
      expect(parents.sort()).toEqual(listeners.sort());
    });
  });

  test('is known by its full name where another namespace asks', async () => {
    await holds((stack, configuration) => {
      const { namespace, cluster, prometheus } = readStackConfig(configuration);
      for (const { spec } of stack.all<ScaledObjectSpec>('ScaledObject')) {
        const asked = spec.triggers.flatMap(({ metadata }) => metadata['serverAddress'] ?? []);
        const bundled = `http://prometheus.${namespace}.svc:9090`;
        expect(asked).toEqual([prometheus.use === 'bundled' ? bundled : prometheus.url?.replace(/\/$/, '')]);
        if (prometheus.use !== 'bundled') continue;
        const admitted = edges(stack).outside.filter(
          ({ workload, direction }) => workload === 'prometheus' && direction === 'into',
        );
        expect(admitted).toMatchObject([
          {
            peer: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': cluster.namespaces.keda } } },
            ports: [{ port: 9090 }],
          },
        ]);
      }
    });
  });
});

describe('copies', () => {
  test('are counted by one, the controller or an autoscaler', async () => {
    await holds((stack) => {
      const scaled = [
        ...stack.all<AutoscalerSpec>('HorizontalPodAutoscaler'),
        ...stack.all<ScaledObjectSpec>('ScaledObject'),
      ].map(({ spec }) => spec.scaleTargetRef.name);
      expect(scaled).toEqual([...new Set(scaled)]);
      const all = faults(stack, ({ kind, name, spec }) => {
        if (kind === 'CronJob') return [];
        return (spec.replicas === undefined) === scaled.includes(name) ? [] : [`replicas ${spec.replicas ?? 'absent'}`];
      });
      expect(all).toEqual([]);
    });
  });

  test('that are several are spread and kept through a drain, which can always go on', async () => {
    await holds((stack) => {
      const budgets = stack.all<{ minAvailable: number; unhealthyPodEvictionPolicy: string }>('PodDisruptionBudget');
      const all = faults(stack, (workload) => {
        const fewest = stack.fewestCopies(workload);
        const budget = budgets.find(({ metadata }) => metadata.name === workload.name)?.spec;
        if (workload.kind === 'CronJob' || fewest < 2) return budget ? ['has a budget for one copy'] : [];
        if (!budget) return ['has no budget'];
        return [
          ...(budget.minAvailable > 0 && budget.minAvailable < fewest ? [] : ['blocks every drain']),
          ...(budget.unhealthyPodEvictionPolicy === 'AlwaysAllow' ? [] : ['holds pods that are not ready']),
          ...((workload.pod.topologySpreadConstraints ?? []).length > 0 ? [] : ['is not spread']),
        ];
      });
      expect(all).toEqual([]);
    });
  });
});

describe('every object', () => {
  test('has a name under 63 characters, and no other of its kind has it', async () => {
    await holds((stack) => {
      const names = stack.manifests.map(({ metadata }) => metadata.name);
      expect(names.filter((name) => name.length > 62 || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))).toEqual([]);
      const titles = stack.manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(titles).toEqual([...new Set(titles)]);
    });
  });

  test('is in the namespace of the stack, and has its labels', async () => {
    await holds((stack, configuration) => {
      const { namespace } = readStackConfig(configuration);
      for (const { kind, metadata } of stack.manifests) {
        if (!/^(Namespace|ClusterRole)/.test(kind)) expect(metadata.namespace).toBe(namespace);
        expect(metadata.labels).toMatchObject({
          'app.kubernetes.io/part-of': 'ballast',
          'app.kubernetes.io/instance': 'test',
          'app.kubernetes.io/managed-by': 'pulumi',
        });
      }
    });
  });

  test('has whole numbers where Kubernetes takes no others', async () => {
    await holds((stack) => {
      const broken: string[] = [];
      for (const { kind, metadata, spec } of stack.manifests) {
        const visit = (value: unknown) => {
          if (typeof value === 'number' && !Number.isSafeInteger(value))
            broken.push(`${kind}/${metadata.name}: ${value}`);
          if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
        };
        visit(spec);
      }
      expect(broken).toEqual([]);
    });
  });

  test('is free of every secret', async () => {
    await holds((stack) => {
      const names = [...secretKeys(stack).keys()];
      // What a generated value is in a render: `<redis-auth-password-1>`.
      const value = new RegExp(`<(${names.join('|')})-[a-z-]+-\\d+>|${credentialMark}`);
      const leaks = stack.manifests.filter((manifest) => value.test(JSON.stringify(manifest)));
      expect(leaks.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
      for (const secret of stack.all('Secret'))
        expect(Object.keys(secret).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'type']);
    });
  });

  test('is the same to the byte when it is rendered again, whatever the order of the keys', async () => {
    await holds(
      async (stack, configuration) => {
        const turned = Object.fromEntries(Object.entries(configuration).toReversed());
        const again = await renderConfiguration(turned, 'test');
        expect(again.map(toYaml)).toEqual(stack.manifests.map(toYaml));
      },
      { runs: 3 },
    );
  });
});

interface ServiceMonitorSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly endpoints: readonly { readonly port: string }[];
}

const portNames = ({ containers }: RenderedWorkload) =>
  containers.flatMap(({ ports = [] }) => ports.map(({ name = '' }) => name));

/** The wanted fields that an object has otherwise. */
function unlike(object: object, wanted: Readonly<Record<string, unknown>>): string[] {
  const has = new Map<string, unknown>(Object.entries(object));
  const shown = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));
  return Object.entries(wanted).flatMap(([key, value]) =>
    shown(has.get(key)) === shown(value) ? [] : [`${key} is ${shown(has.get(key))}`],
  );
}
