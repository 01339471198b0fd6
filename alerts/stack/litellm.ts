import { failedShare } from '../failed-share.ts';
import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on LiteLLM: what the providers of the models answer. */
export function litellmGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'litellm', target: 'litellm', rules: [failing(promql), inOutage(promql)] }];
}

/** A request that the provider calls wrong, as one that is too long, tells nothing of the model. */
function failing({ rate, increase }: Promql): AlertDraft {
  const counters = (status: number) => (values: { failed: string; all: string }) => ({
    'litellm_deployment_total_requests_total{model_group="small"}': values.all,
    [`litellm_deployment_failure_responses_total{model_group="small", exception_status="${status}"}`]: values.failed,
    'litellm_deployment_total_requests_total{model_group="large"}': values.all,
  });
  const share = failedShare({
    failed: rate('litellm_deployment_failure_responses_total', '5m', { exception_status: { not: '400' } }),
    all: rate('litellm_deployment_total_requests_total', '5m'),
    counted: increase('litellm_deployment_total_requests_total', '5m'),
    by: ['model_group'],
    labels: { model_group: 'small' },
    above: 0.05,
    counters: counters(503),
    excused: { because: 'the requests were wrong', counters: counters(400) },
    description: (text) => `${text} of the calls of {{ $labels.model_group }} in the last 5 minutes have failed.`,
    filled: (text) => `${text} of the calls of small in the last 5 minutes have failed.`,
  });
  return {
    alert: 'LiteLlmModelFailing',
    severity: 'warning',
    ...share,
    summary: 'Calls of a model fail at its provider.',
    dashboard: 'dependencies',
  };
}

/**
 * LiteLLM calls a deployment in outage from a failed call until one succeeds. It is so at every copy, and calls go on, since
 * a model that nobody calls keeps the state of its last call.
 */
function inOutage({ increase, range }: Promql): AlertDraft {
  const by = 'by (litellm_model_name)';
  const state = `min ${by} (min_over_time(${range('litellm_deployment_state', '10m')}))`;
  const failures = `sum ${by} (${increase('litellm_deployment_failure_responses_total', '10m')})`;
  const model = 'litellm_model_name="gpt-5-mini"';
  const states = (first: string, second: string) => ({
    [`litellm_deployment_state{${model}, instance="a"}`]: first,
    [`litellm_deployment_state{${model}, instance="b"}`]: second,
  });
  const calls = { [`litellm_deployment_failure_responses_total{${model}}`]: inSteps(10, 3, 9) };
  return {
    alert: 'LiteLlmModelInOutage',
    severity: 'warning',
    expr: `${state} > 0 and ${failures} > 0`,
    for: '5m',
    summary: 'No call of a model has succeeded lately.',
    description: 'No call of {{ $labels.litellm_model_name }} has succeeded for 15 minutes, and calls fail.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: { ...states('0x9 1x30', '1x40'), ...calls },
          holdsFrom: '19m',
          alerts: [
            {
              labels: { litellm_model_name: 'gpt-5-mini' },
              description: 'No call of gpt-5-mini has succeeded for 15 minutes, and calls fail.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'calls of another copy succeed', series: { ...states('1x40', '0x40'), ...calls }, at: '30m' },
        { because: 'nobody calls it', series: states('1x40', '1x40'), at: '30m' },
      ],
    },
  };
}
