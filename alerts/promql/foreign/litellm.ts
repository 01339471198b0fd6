import type { ForeignMetrics } from './metric.ts';

const deployment = ['litellm_model_name', 'model_id', 'api_base', 'api_provider'] as const;
const request = [...deployment, 'model_group', 'requested_model'] as const;

/**
 * https://docs.litellm.ai/docs/proxy/prometheus, and litellm/integrations/prometheus.py of the release 1.106.2. `model_group` is
 * the name that the stack gives the model, `litellm_model_name` the provider's. Python's client adds `_total` to counters.
 */
export const litellm = {
  litellm_deployment_failure_responses_total: {
    type: 'counter',
    labels: [...request, 'exception_status', 'exception_class'],
  },
  litellm_deployment_state: { type: 'gauge', labels: deployment },
  litellm_deployment_total_requests_total: { type: 'counter', labels: request },
  litellm_llm_api_latency_metric: { type: 'histogram', labels: ['model', 'model_group', 'requested_model'] },
  litellm_proxy_total_requests_metric_total: { type: 'counter', labels: ['requested_model', 'status_code'] },
} as const satisfies ForeignMetrics;
