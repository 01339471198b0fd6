import type { ClusterSettings } from '../../cluster.ts';
import type { GatewaySettings } from './settings.ts';

/** One contradiction in a stack's configuration: where, and what is allowed. */
export interface ConfigIssue {
  /** From the root of the configuration: `['gateway', 'host']`. */
  readonly path: string[];
  readonly message: string;
}

type Cluster = Pick<ClusterSettings, 'gatewayApi' | 'certManager'>;

/**
 * What in the gateway's settings contradicts itself or what the cluster has.
 *
 * @param canary Whether the API has a canary: an Ingress has no weights, so that it could not be given its share.
 */
export function gatewayIssues(gateway: GatewaySettings, cluster: Cluster, canary = false): ConfigIssue[] {
  if (gateway.form === 'none') return [];
  const problems = [
    ...generalProblems(gateway),
    ...(gateway.form === 'gateway' ? gatewayProblems(gateway, cluster) : ingressProblems(canary)),
    ...tlsProblems(gateway, cluster),
  ];
  return problems.map(([path, message]) => ({ path: ['gateway', ...path.split('.')], message }));
}

/** Path below `gateway`, and message. */
type Problem = readonly [path: string, message: string];

function* generalProblems({ form, host, from }: GatewaySettings): Generator<Problem> {
  if (host === undefined) yield ['host', `needed with form: ${form}`];
  if (from.namespace === undefined && from.cidrs.length === 0) {
    yield ['from', "needs the namespace or the addresses of the controller's proxies, or nothing may call the API"];
  }
}

function* gatewayProblems({ gateway, className }: GatewaySettings, cluster: Cluster): Generator<Problem> {
  if (!cluster.gatewayApi)
    yield ['form', 'gateway needs cluster.gatewayApi: true; without the Gateway API use ingress'];
  if (!gateway.create) {
    if (gateway.name === undefined) yield ['gateway.name', 'names the existing Gateway; or set gateway.create: true'];
    if (className !== undefined) yield ['className', 'is that of the existing Gateway; remove it'];
    return;
  }
  if (className === undefined) yield ['className', 'needed with gateway.create: true'];
  if (gateway.namespace !== undefined) {
    yield ['gateway.namespace', "a Gateway that is made is in the stack's namespace; remove it"];
  }
  if (gateway.sectionName !== undefined) {
    yield ['gateway.sectionName', 'a Gateway that is made has its own listeners; remove it'];
  }
}

function* ingressProblems(canary: boolean): Generator<Problem> {
  if (canary) yield ['form', 'an Ingress cannot split requests by weight: api.canary needs form: gateway'];
}

function* tlsProblems({ form, gateway, tls }: GatewaySettings, cluster: Cluster): Generator<Problem> {
  const chosen = [tls.issuer !== undefined, tls.secret !== undefined, tls.unencrypted].filter(Boolean).length;
  const attached = form === 'gateway' && !gateway.create;
  if (attached && chosen > 0) yield ['tls', 'the existing Gateway has the certificate; remove it'];
  if (!attached && chosen !== 1) yield ['tls', 'needs exactly one of issuer, secret and unencrypted: true'];
  if (tls.issuer !== undefined && !cluster.certManager) yield ['tls.issuer', 'needs cluster.certManager: true'];
}
