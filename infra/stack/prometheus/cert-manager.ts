import type { Connection } from '../../connection.ts';

/** What Prometheus reads in another namespace: one Service, whose series of the stack's own namespace are kept. */
export interface OutsideTarget {
  /** Label `job` of the series. */
  readonly job: string;
  /** Name of the Service, as a pod of the stack asks for it. */
  readonly dnsName: string;
  readonly port: number;
  /** What the names of the kept series match. */
  readonly series: string;
  /** The edge that it takes. */
  readonly connection: Connection;
}

/**
 * The controller of cert-manager, which alone knows when the stack's certificates expire. It tells of those of all namespaces.
 * Its Service and port: https://cert-manager.io/docs/devops-tips/prometheus-metrics/
 */
export function certManagerTarget(namespace: string): OutsideTarget {
  const port = 9402;
  return {
    job: 'cert-manager',
    dnsName: `cert-manager.${namespace}.svc`,
    port,
    series: 'certmanager_certificate_.+',
    connection: { to: 'namespace', namespace, ports: [port] },
  };
}
