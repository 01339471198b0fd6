import { dependencies, type DependencyName } from '../../service/contract/dependencies.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';
import type { Firing, Scenario } from '../scenario.ts';

const names = Object.keys(dependencies) as DependencyName[];
/** Without the models: when they are away, AllModelsUnhealthy tells so. */
const required = names.filter((name) => dependencies[name].required && name !== 'llm');
const optional = names.filter((name) => !dependencies[name].required);

/** Alerts on what the service needs, as its own checks and calls find it. */
export function dependencyGroups({ select }: Promql): RuleGroup<AlertDraft>[] {
  const away = (dependency: readonly string[]) =>
    `count by (dependency) (${select('dependency_up', { dependency })} == 0)`;
  const dependencyDown: AlertDraft = {
    alert: 'DependencyDown',
    severity: 'critical',
    expr: away(required),
    for: '1m',
    summary: 'What the service needs to answer well is away.',
    description:
      'The dependency {{ $labels.dependency }} has been down for a minute for {{ $value }} copies of the service.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [requiredDown('vector_db'), requiredDown('embeddings')],
      quiet: [
        { because: 'it recovered', every: '15s', series: { [up('vector_db', 'a')]: '1x3 0x2 1 0x2' }, at: '2m' },
        { because: 'another alert tells of models', every: '15s', series: { [up('llm', 'a')]: '0x40' }, at: '5m' },
        ...optional.map((name) => ({
          because: `${name} only makes answers quicker`,
          every: '15s' as const,
          series: { [up(name, 'a')]: '0x40' },
          at: '5m' as const,
        })),
      ],
    },
  };
  const [name = 'cache'] = optional;
  const optionalDependencyDown: AlertDraft = {
    alert: 'OptionalDependencyDown',
    severity: 'warning',
    expr: away(optional),
    for: '5m',
    summary: 'What makes the service quicker is away.',
    description:
      'The dependency {{ $labels.dependency }} has been down for 5 minutes for {{ $value }} copies of the service.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          every: '15s',
          series: downFromOneMinute(name),
          holdsFrom: '1m',
          alerts: [
            {
              labels: { dependency: name },
              description: `The dependency ${name} has been down for 5 minutes for 2 copies of the service.`,
            },
          ],
        },
      ],
      quiet: [
        { because: 'it recovered', every: '15s', series: { [up(name, 'a')]: '1x3 0x2 1 0x18' }, at: '6m' },
        { because: 'another alert tells of it', every: '15s', series: { [up('vector_db', 'a')]: '0x40' }, at: '8m' },
      ],
    },
  };
  return [{ name: 'dependencies', target: 'api', rules: [dependencyDown, optionalDependencyDown] }];
}

function requiredDown(name: DependencyName): Firing {
  const description = `The dependency ${name} has been down for a minute for 2 copies of the service.`;
  return {
    every: '15s',
    series: downFromOneMinute(name),
    holdsFrom: '1m',
    alerts: [{ labels: { dependency: name }, description }],
  };
}

const up = (dependency: string, instance: string) =>
  `dependency_up{dependency="${dependency}", instance="${instance}"}`;

/** Two of three copies lose it; every other dependency stays. */
function downFromOneMinute(lost: DependencyName): Scenario['series'] {
  const others = names.filter((name) => name !== lost).map((name): [string, string] => [up(name, 'a'), '1x40']);
  return {
    [up(lost, 'a')]: '1x3 0x40',
    [up(lost, 'b')]: '1x3 0x40',
    [up(lost, 'c')]: '1x40',
    ...Object.fromEntries(others),
  };
}
