import type { Slo } from '../../service/contract/slo.ts';
import { slos } from '../../service/contract/slos.ts';
import type { Promql } from '../promql/promql.ts';
import type { Draft, RuleGroup } from '../rule.ts';
import { burnAlerts } from './alerts.ts';
import { sloRecordings } from './recording.ts';

/** What is recorded of each objective of the contract, and the alerts on its error budget. */
export function sloGroups(promql: Promql): RuleGroup<Draft>[] {
  return Object.entries<Slo>(slos).map(([name, slo]) => sloGroup(name, slo, promql));
}

/** The rules of one objective in one group, since a group is evaluated in its order: alerts read what was just recorded. */
export function sloGroup(name: string, slo: Slo, promql: Promql): RuleGroup<Draft> {
  return {
    name: `slo-${name}`,
    target: 'api',
    rules: [...sloRecordings(name, slo, promql), ...burnAlerts(name, slo, promql)],
  };
}
