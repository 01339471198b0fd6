import type { ForeignMetrics } from './metric.ts';

const response = ['method', 'endpoint', 'status'] as const;

/**
 * https://github.com/qdrant/qdrant/blob/v1.19.0/src/common/metrics.rs and https://qdrant.tech/documentation/ops-monitoring/monitoring/.
 * Endpoints are patterns such as `/collections/{collection_name}/points/query`; durations are there for the status 200 alone.
 */
export const qdrant = {
  cluster_peers_total: { type: 'gauge' },
  cluster_pending_operations_total: { type: 'gauge' },
  collection_dead_replicas: { type: 'gauge' },
  collection_points: { type: 'gauge', labels: ['id'] },
  memory_resident_bytes: { type: 'gauge' },
  rest_responses_duration_seconds: { type: 'histogram', labels: response },
  rest_responses_total: { type: 'counter', labels: response },
} as const satisfies ForeignMetrics;
