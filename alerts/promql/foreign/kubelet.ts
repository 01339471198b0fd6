import type { ForeignMetrics } from './metric.ts';

const claim = ['namespace', 'persistentvolumeclaim'] as const;

/** https://kubernetes.io/docs/reference/instrumentation/metrics/ */
export const kubelet = {
  kubelet_volume_stats_available_bytes: { type: 'gauge', labels: claim },
  kubelet_volume_stats_capacity_bytes: { type: 'gauge', labels: claim },
} as const satisfies ForeignMetrics;
