import { describe, expect, it } from 'vitest';
import { clusterSettings } from './cluster.ts';

describe("the cluster's settings", () => {
  it('take a cluster for bare unless told otherwise', () => {
    expect(clusterSettings.parse({})).toMatchObject({
      gatewayApi: false,
      certManager: false,
      keda: false,
      prometheusOperator: false,
      externalSecrets: false,
      apiServer: { cidrs: ['0.0.0.0/0'], ports: [443, 6443] },
      dns: {
        namespace: 'kube-system',
        labels: { 'k8s-app': 'kube-dns' },
        addresses: ['169.254.20.10/32'],
        ports: [53],
      },
    });
  });

  it('refuse an API server without an address or a port, which would be open to everything', () => {
    expect(clusterSettings.safeParse({ apiServer: { cidrs: [] } }).success).toBe(false);
    expect(clusterSettings.safeParse({ apiServer: { ports: [] } }).success).toBe(false);
  });

  it('refuse what is no CIDR range', () => {
    expect(() => clusterSettings.parse({ apiServer: { cidrs: ['10.0.0.1'] } })).toThrow(
      'a CIDR range such as 10.0.0.0/8',
    );
  });
});
