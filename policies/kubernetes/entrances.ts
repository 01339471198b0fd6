import type { Inventory } from './inventory.ts';
import { namespaceOf, type Identified, type KubernetesObject } from './object.ts';
import { openingsOf } from './service.ts';

/** A Service that requests from outside the cluster come to. */
export interface Entrance {
  /** A Service of the program, as far as it has one of that name. */
  readonly name: string;
  readonly namespace: string;
  /** What leads to it: a route, an Ingress, or the Service itself. */
  readonly through: Identified;
}

/** Every way from outside to a Service: Ingresses, routes of the Gateway API, and Services that are open themselves. */
export function entrancesOf(program: Inventory): Entrance[] {
  return [
    ...program.ofKind('networking.k8s.io', 'Ingress').flatMap(ofIngress),
    ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].flatMap((kind) =>
      program.ofKind('gateway.networking.k8s.io', kind).flatMap(ofRoute),
    ),
    ...program.ofKind('', 'Service').flatMap(ofService),
  ];
}

interface IngressBackend {
  readonly service?: { readonly name?: string };
}

interface IngressSpec {
  readonly defaultBackend?: IngressBackend;
  readonly rules?: readonly {
    readonly http?: { readonly paths?: readonly { readonly backend?: IngressBackend }[] };
  }[];
}

function ofIngress(through: Identified): Entrance[] {
  const { defaultBackend, rules } = (through.object.spec ?? {}) as IngressSpec;
  const backends = [
    defaultBackend,
    ...(rules ?? []).flatMap(({ http }) => http?.paths ?? []).map(({ backend }) => backend),
  ];
  return backends.flatMap((backend) => entrance(through, backend?.service?.name));
}

interface RouteSpec {
  readonly rules?: readonly {
    readonly backendRefs?: readonly {
      readonly kind?: string;
      readonly name?: string;
      readonly namespace?: string;
      readonly weight?: number;
    }[];
  }[];
}

/** A backend of weight 0 gets no request. */
function ofRoute(through: Identified): Entrance[] {
  const { rules } = (through.object.spec ?? {}) as RouteSpec;
  return (rules ?? [])
    .flatMap(({ backendRefs }) => backendRefs ?? [])
    .filter(({ kind = 'Service', weight = 1 }) => kind === 'Service' && weight > 0)
    .flatMap(({ name, namespace }) => entrance(through, name, namespace));
}

function ofService(through: Identified): Entrance[] {
  const { type, addresses } = openingsOf(through.object);
  return type !== undefined || addresses.length > 0 ? entrance(through, through.object.metadata?.name) : [];
}

const entrance = (through: Identified, name?: string, namespace = namespaceOf(through.object)): Entrance[] =>
  name === undefined ? [] : [{ name, namespace, through }];

/** Whether requests from outside that come by an entrance go to a Service. */
export const leadsTo = ({ name, namespace }: Entrance, service: KubernetesObject): boolean =>
  name === service.metadata?.name && namespace === namespaceOf(service);
