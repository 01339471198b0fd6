import type { ForeignMetrics } from './metric.ts';

/**
 * https://github.com/huggingface/text-embeddings-inference/blob/v1.9.3: core/src/infer.rs and queue.rs, router/src/lib.rs. Its
 * counters have no suffix.
 */
export const tei = {
  te_queue_size: { type: 'gauge' },
  te_request_count: { type: 'counter', labels: ['method'] },
  te_request_duration: { type: 'histogram' },
  te_request_failure: { type: 'counter', labels: ['err'] },
  te_request_queue_duration: { type: 'histogram' },
} as const satisfies ForeignMetrics;
