import type { ForeignMetrics } from './metric.ts';

/**
 * https://github.com/huggingface/text-embeddings-inference/blob/v1.9.3: core/src/infer.rs and queue.rs, router/src/lib.rs and
 * http/server.rs. Its counters have no suffix. `te_request_count`, `te_request_success` and the durations count requests, whatever
 * the number of their texts; a failure is one of a request where it is refused, and one of each text where that fails or is
 * dropped. The durations are of requests that succeeded: the whole one, and the mean of its texts in the queue and in the model.
 */
export const tei = {
  te_queue_size: { type: 'gauge' },
  te_request_count: { type: 'counter', labels: ['method'] },
  te_request_duration: { type: 'histogram' },
  te_request_failure: { type: 'counter', labels: ['err'] },
  te_request_inference_duration: { type: 'histogram' },
  te_request_queue_duration: { type: 'histogram' },
  te_request_success: { type: 'counter', labels: ['method'] },
} as const satisfies ForeignMetrics;
