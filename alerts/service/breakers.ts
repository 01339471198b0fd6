import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on breakers, of models and of dependencies: the label `model` names either. */
export function breakerGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'breakers', target: 'api', rules: [circuitBreakerOpen(promql), circuitBreakerFlapping(promql)] }];
}

/**
 * An open breaker is half open for a moment whenever it tries a call, which must not begin the time anew. One that stays half
 * open for two minutes lets calls through, and is not meant. Two minutes hold two samples also of a Prometheus that takes one
 * a minute. The breaker of the cache is left out: Redis makes answers quicker and is not needed for them, so that nobody is woken
 * for it. RedisDown and OptionalDependencyDown tell of it on the next working day.
 */
function circuitBreakerOpen({ select, range }: Promql): AlertDraft {
  const needed = select('circuit_breaker_state', { model: { not: 'cache' } });
  const onlyHalfOpen = `min_over_time(${range('circuit_breaker_state', '2m')}) == 2`;
  const every = '15s';
  const description =
    'The circuit breaker of {{ $labels.model }} has not closed for a minute on {{ $value }} copies of the service.';
  const filledIn = (model: string, copies: number) =>
    description.replace('{{ $labels.model }}', model).replace('{{ $value }}', String(copies));
  return {
    alert: 'CircuitBreakerOpen',
    severity: 'critical',
    expr: `count by (model) (${needed} > 0 unless ${onlyHalfOpen})`,
    for: '1m',
    summary: 'A circuit breaker is open.',
    description,
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          every,
          series: {
            [breaker('qwen', 'a')]: '0x3 1x20',
            [breaker('qwen', 'b')]: '0x3 1x20',
            [breaker('llama', 'a')]: '0x20',
          },
          holdsFrom: '1m',
          alerts: [{ labels: { model: 'qwen' }, description: filledIn('qwen', 2) }],
        },
        {
          every,
          series: { [breaker('vector_db', 'a')]: '0x3 1 2 2 1x20' },
          holdsFrom: '1m',
          alerts: [{ labels: { model: 'vector_db' }, description: filledIn('vector_db', 1) }],
        },
        {
          series: { [breaker('qwen', 'a')]: '0 1 2 1 2 1 2' },
          holdsFrom: '1m',
          alerts: [{ labels: { model: 'qwen' }, description: filledIn('qwen', 1) }],
        },
      ],
      quiet: [
        { because: 'it closed', every, series: { [breaker('qwen', 'a')]: '0x3 1x3 0 1 1' }, at: '2m' },
        { because: 'it stays half open', every, series: { [breaker('qwen', 'a')]: '2x20' }, at: '3m' },
        { because: 'Redis only makes answers quicker', every, series: { [breaker('cache', 'a')]: '1x40' }, at: '5m' },
      ],
    },
  };
}

/** One that does not close at all for five minutes does not flap: CircuitBreakerOpen tells of it, or OptionalDependencyDown. */
function circuitBreakerFlapping({ range }: Promql): AlertDraft {
  const changes = `changes(${range('circuit_breaker_state', '15m')})`;
  const neverClosed = `min_over_time(${range('circuit_breaker_state', '5m')}) > 0`;
  const threeMinutes = Array.from({ length: 20 }, () => '1x2 0x2').join(' ');
  const tries = Array.from({ length: 40 }, () => '1 2').join(' ');
  const rarely = Array.from({ length: 6 }, () => '1x3 0x9').join(' ');
  return {
    alert: 'CircuitBreakerFlapping',
    severity: 'warning',
    expr: `max by (model) (${changes} > 2 unless ${neverClosed})`,
    for: '30m',
    summary: 'A circuit breaker opens and closes again and again.',
    description:
      'The circuit breaker of {{ $labels.model }} changed its state {{ $value }} times within 15 minutes, ' +
      'for half an hour now.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: { [breaker('qwen', 'a')]: threeMinutes, [breaker('qwen', 'b')]: '0x90' },
          holdsFrom: '9m',
          alerts: [
            {
              labels: { model: 'qwen' },
              description:
                'The circuit breaker of qwen changed its state 5 times within 15 minutes, for half an hour now.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'two changes are allowed', series: { [breaker('qwen', 'a')]: rarely }, at: '60m' },
        { because: 'it does not close', series: { [breaker('qwen', 'a')]: tries }, at: '60m' },
      ],
    },
  };
}

const breaker = (model: string, instance: string) => `circuit_breaker_state{model="${model}", instance="${instance}"}`;
