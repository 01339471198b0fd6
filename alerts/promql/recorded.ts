import type { ForeignMetrics } from './foreign/metric.ts';

/** What recording rules make, by name: `level:metric:operations`, as https://prometheus.io/docs/practices/rules/ has it. */
export const recordedMetrics = {
  'slo:error:ratio_rate5m': { type: 'gauge', labels: ['slo'] },
} as const satisfies ForeignMetrics;

/** Name of a series that a rule records. */
export type RecordedName = keyof typeof recordedMetrics;
