import type { ForeignMetrics } from './metric.ts';

/** What the service's own client library says beside values without labels: https://github.com/siimon/prom-client */
export const promClient = {
  nodejs_gc_duration_seconds: { type: 'histogram', labels: ['kind'] },
  nodejs_version_info: { type: 'gauge', labels: ['version', 'major', 'minor', 'patch'] },
} as const satisfies ForeignMetrics;
