import type { ForeignMetrics } from './metric.ts';

/** What its exporter makes of Redis's INFO: https://github.com/oliver006/redis_exporter/blob/v1.79.0/exporter/exporter.go */
export const redis = {
  redis_aof_last_bgrewrite_status: { type: 'gauge' },
  redis_aof_last_write_status: { type: 'gauge' },
  redis_commands_processed_total: { type: 'counter' },
  redis_connected_clients: { type: 'gauge' },
  redis_errors_total: { type: 'counter', labels: ['err'] },
  redis_evicted_keys_total: { type: 'counter' },
  redis_expired_keys_total: { type: 'counter' },
  redis_keyspace_hits_total: { type: 'counter' },
  redis_keyspace_misses_total: { type: 'counter' },
  redis_memory_max_bytes: { type: 'gauge' },
  redis_memory_used_bytes: { type: 'gauge' },
  redis_memory_used_rss_bytes: { type: 'gauge' },
  redis_up: { type: 'gauge' },
} as const satisfies ForeignMetrics;
