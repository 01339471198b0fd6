import { kubeStateMetrics } from './kube-state-metrics.ts';
import type { ForeignMetrics } from './metric.ts';

/** The metrics of programs that are not ours, by name; the file of each names where its documentation is. */
export const foreignMetrics = { ...kubeStateMetrics } as const satisfies ForeignMetrics;
