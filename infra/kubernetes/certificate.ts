import type { ICertificateSpec } from '@kubernetes-models/cert-manager/cert-manager.io/v1/CertificateSpec';
import { gatewaySources, type GatewaySettings } from '../stack/gateway/settings.ts';
import { mergeEdges } from './network-edge.ts';
import { peersOf, type NetworkPolicySpec } from './network-policy.ts';

/** Name of the Secret with the certificate: the given one, else what cert-manager fills. */
export const tlsSecret = ({ secret }: GatewaySettings['tls']): string => secret ?? 'gateway-tls';

/** The certificate for the public host; `undefined` when cert-manager is not to make one. */
export function certificateSpec({ host, tls }: GatewaySettings): ICertificateSpec | undefined {
  if (tls.issuer === undefined || host === undefined) return undefined;
  return {
    secretName: tlsSecret(tls),
    dnsNames: [host],
    issuerRef: { group: 'cert-manager.io', kind: tls.issuer.kind, name: tls.issuer.name },
    // A new key with every renewal: https://cert-manager.io/docs/usage/certificate/
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  };
}

/**
 * Lets the gateway reach the pods that cert-manager starts in the namespace to prove the host over HTTP, which the default deny
 * would keep from answering; `undefined` when the issuer has another way. Their label and port:
 * https://cert-manager.io/docs/configuration/acme/http01/
 */
export function solverPolicySpec(settings: GatewaySettings): NetworkPolicySpec | undefined {
  if (settings.tls.issuer?.http01 !== true) return undefined;
  const callers = gatewaySources(settings).map((source) => ({
    peers: peersOf(source),
    ports: [{ protocol: 'TCP' as const, port: 8089 }],
  }));
  return {
    podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
    policyTypes: ['Ingress'],
    ingress: mergeEdges('the certificate solver', callers).map(({ peers, ports }) => ({ from: peers, ports })),
  };
}
