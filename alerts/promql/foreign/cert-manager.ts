import type { ForeignMetrics } from './metric.ts';

/** `exported_namespace` where Prometheus gives the series a namespace of its own, as a ServiceMonitor does by default. */
const certificate = ['name', 'namespace', 'exported_namespace', 'issuer_name', 'issuer_kind', 'issuer_group'] as const;

/** https://cert-manager.io/docs/devops-tips/prometheus-metrics/, and internal/collectors/certificate_collector.go of v1.21. */
export const certManager = {
  certmanager_certificate_expiration_timestamp_seconds: { type: 'gauge', labels: certificate, wholeCluster: true },
  certmanager_certificate_ready_status: { type: 'gauge', labels: [...certificate, 'condition'], wholeCluster: true },
  certmanager_certificate_renewal_timestamp_seconds: { type: 'gauge', labels: certificate, wholeCluster: true },
} as const satisfies ForeignMetrics;
