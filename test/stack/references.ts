import { secretKeysAnnotation } from '../../infra/render/manifest.ts';
import type { Container, Rendered, RenderedWorkload, ServiceSpec } from './rendered.ts';

/** What an object names and somebody has to make. */
export interface Reference {
  /** `Deployment/api` */
  readonly from: string;
  readonly kind:
    'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim' | 'Service' | 'Role' | 'ClusterRole';
  readonly name: string;
  /** A key of it; of a Service, a port by name or number. */
  readonly key?: string;
}

/** How a reference is written: `Deployment/api needs Secret/redis-auth password`. */
export const sentence = ({ from, kind, name, key }: Reference): string =>
  `${from} needs ${kind}/${name}${key === undefined ? '' : ` ${key}`}`;

/** Everything that the objects of a stack refer to. */
export function references(stack: Rendered): Reference[] {
  return [...stack.workloads.flatMap(ofWorkload), ...ofRoles(stack), ...ofRoutes(stack), ...ofCustomResources(stack)];
}

function ofWorkload(workload: RenderedWorkload): Reference[] {
  const { title: from, pod, kind, spec } = workload;
  const volumes = pod.volumes ?? [];
  const account = pod.serviceAccountName ?? 'default';
  return [
    { from, kind: 'ServiceAccount', name: account },
    ...(kind === 'StatefulSet' ? [{ from, kind: 'Service' as const, name: spec.serviceName ?? '' }] : []),
    ...workload.containers.flatMap((container) => ofContainer(from, container)),
    ...volumes.flatMap(({ configMap, secret, persistentVolumeClaim: claim }): Reference[] => [
      ...(configMap ? [{ from, kind: 'ConfigMap' as const, name: configMap.name ?? '' }] : []),
      ...(secret?.items ?? []).map(({ key }) => ({
        from,
        kind: 'Secret' as const,
        name: secret?.secretName ?? '',
        key,
      })),
      ...(claim ? [{ from, kind: 'PersistentVolumeClaim' as const, name: claim.claimName }] : []),
    ]),
  ];
}

function ofContainer(from: string, { env = [], envFrom = [] }: Container): Reference[] {
  return [
    ...envFrom.flatMap(({ configMapRef, secretRef }): Reference[] => [
      ...(configMapRef ? [{ from, kind: 'ConfigMap' as const, name: configMapRef.name ?? '' }] : []),
      ...(secretRef ? [{ from, kind: 'Secret' as const, name: secretRef.name ?? '' }] : []),
    ]),
    ...env.flatMap(({ valueFrom }): Reference[] => {
      const [secret, map] = [valueFrom?.secretKeyRef, valueFrom?.configMapKeyRef];
      return [
        ...(secret ? [{ from, kind: 'Secret' as const, name: secret.name ?? '', key: secret.key }] : []),
        ...(map ? [{ from, kind: 'ConfigMap' as const, name: map.name ?? '', key: map.key }] : []),
      ];
    }),
  ];
}

function ofRoles(stack: Rendered): Reference[] {
  const bindings = [...stack.all('RoleBinding'), ...stack.all('ClusterRoleBinding')] as unknown as Binding[];
  return bindings.flatMap(({ kind, metadata, roleRef, subjects }): Reference[] => {
    const from = `${kind}/${metadata.name}`;
    return [
      { from, kind: roleRef.kind, name: roleRef.name },
      ...subjects.map(({ name }) => ({ from, kind: 'ServiceAccount' as const, name })),
    ];
  });
}

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly roleRef: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string };
  readonly subjects: readonly { readonly name: string }[];
}

/** Backends by the number or the name of their port, and certificates. */
function ofRoutes(stack: Rendered): Reference[] {
  const routes = stack
    .all<HttpRouteSpec>('HTTPRoute')
    .flatMap(({ metadata, spec }) =>
      spec.rules.flatMap(({ backendRefs = [] }) =>
        backendRefs.map(({ name, port }) => backend(`HTTPRoute/${metadata.name}`, name, port)),
      ),
    );
  const ingresses = stack.all<IngressSpec>('Ingress').flatMap(({ metadata, spec }): Reference[] => {
    const from = `Ingress/${metadata.name}`;
    return [
      ...spec.rules.flatMap(({ http }) =>
        http.paths.map(({ backend: { service } }) => backend(from, service.name, service.port.name)),
      ),
      ...(spec.tls ?? []).map(({ secretName }) => ({ from, kind: 'Secret' as const, name: secretName })),
    ];
  });
  const gateways = stack.all<GatewaySpec>('Gateway').flatMap(({ metadata, spec }) =>
    spec.listeners.flatMap(({ tls }) =>
      (tls?.certificateRefs ?? []).map(({ name }) => ({
        from: `Gateway/${metadata.name}`,
        kind: 'Secret' as const,
        name,
      })),
    ),
  );
  return [...routes, ...ingresses, ...gateways];
}

const backend = (from: string, name: string, port: number | string): Reference => ({
  from,
  kind: 'Service',
  name,
  key: String(port),
});

interface HttpRouteSpec {
  readonly rules: readonly { readonly backendRefs?: readonly { readonly name: string; readonly port: number }[] }[];
}

interface IngressSpec {
  readonly rules: readonly {
    readonly http: {
      readonly paths: readonly {
        readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } };
      }[];
    };
  }[];
  readonly tls?: readonly { readonly secretName: string }[];
}

interface GatewaySpec {
  readonly listeners: readonly {
    readonly tls?: { readonly certificateRefs?: readonly { readonly name: string }[] };
  }[];
}

/** In the operator's objects, what has a name and a key, and nothing else, is one value of a Secret. */
function ofCustomResources(stack: Rendered): Reference[] {
  return ['ServiceMonitor', 'AlertmanagerConfig'].flatMap((kind) =>
    stack.all(kind).flatMap(({ metadata, spec }) => {
      const found: Reference[] = [];
      const visit = (value: unknown) => {
        if (typeof value !== 'object' || value === null) return;
        const { name, key } = value as { readonly name?: string; readonly key?: string };
        if (Object.keys(value).length === 2 && name !== undefined && key !== undefined) {
          found.push({ from: `${kind}/${metadata.name}`, kind: 'Secret', name, key });
        }
        for (const inner of Object.values(value)) visit(inner);
      };
      visit(spec);
      return found;
    }),
  );
}

/** Whether a reference finds what it names. */
export function isMade(stack: Rendered, { kind, name, key }: Reference): boolean {
  if (kind === 'Secret') {
    const keys = secretKeys(stack).get(name);
    return keys !== undefined && (key === undefined || keys.includes(key));
  }
  if (!stack.has(kind, name)) return false;
  if (key === undefined) return true;
  if (kind === 'Service') return servicePorts(stack.get<ServiceSpec>(kind, name).spec).includes(key);
  return key in (stack.get(kind, name)['data'] as object);
}

const servicePorts = ({ ports = [] }: ServiceSpec) => ports.flatMap(({ name = '', port }) => [name, String(port)]);

/** Every Secret that there will be, whoever makes it, with its keys. */
export function secretKeys(stack: Rendered): ReadonlyMap<string, readonly string[]> {
  const made = stack.all('Secret').map(({ metadata }): [string, string[]] => {
    return [metadata.name, (metadata.annotations?.[secretKeysAnnotation] ?? '').split(',')];
  });
  const fetched = stack
    .all<ExternalSecretSpec>('ExternalSecret')
    .map(({ spec }): [string, string[]] => [
      spec.target.name,
      [...spec.data.map(({ secretKey }) => secretKey), ...Object.keys(spec.target.template?.data ?? {})],
    ]);
  const certificates = stack
    .all<{ readonly secretName: string }>('Certificate')
    .map(({ spec }): [string, string[]] => [spec.secretName, ['tls.crt', 'tls.key']]);
  return new Map([...made, ...fetched, ...certificates]);
}

interface ExternalSecretSpec {
  readonly target: { readonly name: string; readonly template?: { readonly data: Readonly<Record<string, string>> } };
  readonly data: readonly { readonly secretKey: string }[];
}
