import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on the health of language models, by their last call or test. */
export function modelHealthGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'model-health', target: 'api', rules: [modelUnhealthy(promql), allModelsUnhealthy(promql)] }];
}

const health = (model: string, instance: string) => `llm_health_status{model="${model}", instance="${instance}"}`;

function modelUnhealthy({ select }: Promql): AlertDraft {
  return {
    alert: 'LLMModelUnhealthy',
    severity: 'critical',
    expr: `count by (model) (${select('llm_health_status')} == 0)`,
    for: '5m',
    summary: 'A language model is unhealthy.',
    description:
      'The model {{ $labels.model }} has been unhealthy for 5 minutes for {{ $value }} copies of the service.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          series: {
            [health('qwen', 'a')]: '1 0x10',
            [health('qwen', 'b')]: '1 0x10',
            [health('llama', 'a')]: '1x10',
          },
          holdsFrom: '1m',
          alerts: [
            {
              labels: { model: 'qwen' },
              description: 'The model qwen has been unhealthy for 5 minutes for 2 copies of the service.',
            },
          ],
        },
      ],
      quiet: [{ because: 'it recovered', series: { [health('qwen', 'a')]: '1 0x3 1 0x5' }, at: '6m' }],
    },
  };
}

function allModelsUnhealthy({ select }: Promql): AlertDraft {
  const every = '15s';
  return {
    alert: 'AllModelsUnhealthy',
    severity: 'critical',
    expr: `max(${select('llm_health_status')}) == 0`,
    for: '1m',
    summary: 'No language model is healthy.',
    description: 'For a minute no copy of the service has had a healthy model: nothing new is answered by a model.',
    dashboard: 'models',
    scenarios: {
      fires: [
        {
          every,
          series: { [health('qwen', 'a')]: '0x20', [health('llama', 'a')]: '1x3 0x20' },
          holdsFrom: '1m',
          alerts: [
            {
              description:
                'For a minute no copy of the service has had a healthy model: nothing new is answered by a model.',
            },
          ],
        },
      ],
      quiet: [
        {
          because: 'one model is healthy for one copy',
          every,
          series: { [health('qwen', 'a')]: '0x20', [health('llama', 'a')]: '0x20', [health('llama', 'b')]: '1x20' },
          at: '3m',
        },
      ],
    },
  };
}
