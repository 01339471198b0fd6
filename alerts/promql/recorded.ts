import type { ForeignMetrics } from './foreign/metric.ts';

/** A series for each objective. */
const perSlo = { type: 'gauge', labels: ['slo'] } as const;

/** What recording rules make, by name: `level:metric:operations`, as https://prometheus.io/docs/practices/rules/ has it. */
export const recordedMetrics = {
  'slo:events:increase5m': perSlo,
  'slo:bad_events:increase5m': perSlo,
  'slo:bad_events:increase1h': perSlo,
  'slo:bad_events:increase6h': perSlo,
  'slo:bad_events:increase1d': perSlo,
  'slo:bad_events:increase3d': perSlo,
  'slo:error:ratio_rate5m': perSlo,
  'slo:error:ratio_rate30m': perSlo,
  'slo:error:ratio_rate1h': perSlo,
  'slo:error:ratio_rate2h': perSlo,
  'slo:error:ratio_rate6h': perSlo,
  'slo:error:ratio_rate1d': perSlo,
  'slo:error:ratio_rate3d': perSlo,
  'slo:error:ratio_rate30d': perSlo,
  'slo:objective:ratio': perSlo,
  'slo:error_budget:ratio': perSlo,
  'slo:burn_rate:ratio': perSlo,
  'slo:error_budget_remaining:ratio': perSlo,
} as const satisfies ForeignMetrics;

/** Name of a series that a rule records. */
export type RecordedName = keyof typeof recordedMetrics;
