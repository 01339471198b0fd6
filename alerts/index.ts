import { backupGroups, defaultBackupHours, type BackupHours } from './backup.ts';
import { finish, type FinishOptions } from './finish.ts';
import { rulePromql, type Promql } from './promql/promql.ts';
import type { Draft, RuleGroup } from './rule.ts';
import type { Target } from './target.ts';
import { targetGroups } from './targets.ts';

/** What the rules depend on beside the parts of the stack. */
export interface RuleOptions extends FinishOptions {
  readonly backupHours?: BackupHours;
}

/** What a stack's rules are made with. */
interface Settings {
  readonly backupHours: BackupHours;
}

/** Each concern has a file of its own in this folder. */
const concerns: readonly ((promql: Promql, settings: Settings) => RuleGroup<Draft>[])[] = [
  targetGroups,
  (promql, { backupHours }) => backupGroups(promql, backupHours),
];

/** Every rule there is as its author wrote it, whatever a stack has. */
export function draftGroups(options: RuleOptions = {}): RuleGroup<Draft>[] {
  const { namespace, backupHours = defaultBackupHours, timeScale = 1 } = options;
  const promql = rulePromql(namespace, timeScale);
  return concerns.flatMap((groups) => groups(promql, { backupHours }));
}

/** The rules of a stack: each group whose target the stack has. */
export function ruleGroups(targets: ReadonlySet<Target>, options: RuleOptions = {}): RuleGroup[] {
  return draftGroups(options)
    .filter(({ target }) => targets.has(target))
    .map((group) => finishGroup(group, options));
}

/** The group with its rules as Prometheus reads them. */
export function finishGroup(group: RuleGroup<Draft>, options: RuleOptions): RuleGroup {
  return { ...group, rules: group.rules.map((draft) => finish(draft, options)) };
}

/** The content of a rule file, and the `spec` of a PrometheusRule: what only we know of a group is left out. */
export function ruleFile(groups: readonly RuleGroup[]) {
  return { groups: groups.map(({ name, rules }) => ({ name, rules: [...rules] })) };
}
