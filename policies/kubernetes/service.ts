import type { KubernetesObject } from './object.ts';
import type { Labels } from './selector.ts';

/** The spec of a Service, as far as a rule reads it. */
export interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Labels;
  readonly ports?: readonly unknown[];
  readonly externalIPs?: readonly string[];
}

export const serviceSpecOf = ({ spec }: KubernetesObject): ServiceSpec => spec ?? {};

/** Ways in which a Service is open to the outside. */
export interface Openings {
  /** Its type, where that is one that opens it. */
  readonly type: string | undefined;
  readonly addresses: readonly string[];
}

/** How a Service is open by itself, without a route or an Ingress. */
export function openingsOf(service: KubernetesObject): Openings {
  const { type = '', externalIPs } = serviceSpecOf(service);
  return { type: ['LoadBalancer', 'NodePort'].includes(type) ? type : undefined, addresses: externalIPs ?? [] };
}
