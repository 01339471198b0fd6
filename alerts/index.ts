import { backupGroups, defaultBackupHours, type BackupHours } from './backup.ts';
import { seriesOf, type AlertDraft, type Rule, type RuleGroup } from './rule.ts';
import type { Target } from './target.ts';
import { targetGroups } from './targets.ts';

/** What the rules depend on beside the parts of the stack. */
export interface RuleOptions {
  /** The stack's namespace, where Prometheus watches others too; the alerts then carry it. */
  readonly namespace?: string | undefined;
  /** Web address of this repository's files; without it the links to the runbook are paths in the repository. */
  readonly repositoryUrl?: string | undefined;
  readonly backupHours?: BackupHours;
}

/** The rules of a stack: each group whose target the stack has. */
export function ruleGroups(targets: ReadonlySet<Target>, options: RuleOptions = {}): RuleGroup[] {
  const { namespace, backupHours = defaultBackupHours } = options;
  const series = seriesOf(namespace);
  return [...targetGroups(series), ...backupGroups(series, backupHours)]
    .filter(({ target }) => targets.has(target))
    .map((group) => ({ ...group, rules: group.rules.map((draft) => finish(draft, options)) }));
}

/** The content of a rule file, and the `spec` of a PrometheusRule: what only we know of a group is left out. */
export function ruleFile(groups: readonly RuleGroup[]) {
  return { groups: groups.map(({ name, rules }) => ({ name, rules: [...rules] })) };
}

/** Adds what all alerts have: the link to its page, and in a shared Prometheus the namespace. */
function finish(draft: AlertDraft, { namespace, repositoryUrl }: RuleOptions): Rule {
  const page = `docs/runbook/${draft.alert}.md`;
  return {
    alert: draft.alert,
    expr: draft.expr,
    for: draft.for,
    labels: { ...draft.labels, ...(namespace === undefined ? {} : { namespace }), severity: draft.severity },
    annotations: {
      summary: draft.summary,
      description: draft.description,
      runbook_url: repositoryUrl === undefined ? page : `${repositoryUrl.replace(/\/$/, '')}/${page}`,
    },
  };
}
