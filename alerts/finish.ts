import { dashboardUrl } from './dashboard-links.ts';
import { scaled } from './promql/duration.ts';
import type { AlertDraft, AlertRule, Draft, RecordingDraft, RecordingRule, Rule } from './rule.ts';

/** What all rules of a stack have in the same way. */
export interface FinishOptions {
  /** The stack's namespace, where Prometheus watches others too; the alerts then carry it. */
  readonly namespace?: string | undefined;
  /** Web address of this repository's files; without it the links to the runbook are paths in the repository. */
  readonly repositoryUrl?: string | undefined;
  /** Web address of Grafana; without it the links to dashboards are paths on its host. */
  readonly grafanaUrl?: string | undefined;
  /** Factor of every window, of every `for` and of every `keep_firing_for`, for exercises that cannot wait for hours. @default 1 */
  readonly timeScale?: number;
}

/** The rule as Prometheus reads it. */
export function finish(draft: Draft, options: FinishOptions): Rule {
  return 'alert' in draft ? finishAlert(draft, options) : finishRecording(draft, options);
}

/** Adds the links to its page and its dashboard, and in a shared Prometheus the namespace. */
export function finishAlert(draft: AlertDraft, options: FinishOptions): AlertRule {
  const { namespace, repositoryUrl, grafanaUrl, timeScale = 1 } = options;
  const page = `docs/runbook/${draft.alert}.md`;
  return {
    alert: draft.alert,
    expr: draft.expr,
    for: scaled(draft.for, timeScale),
    ...(draft.keepFiringFor !== undefined && { keep_firing_for: scaled(draft.keepFiringFor, timeScale) }),
    labels: { ...draft.labels, ...(namespace === undefined ? {} : { namespace }), severity: draft.severity },
    annotations: {
      summary: draft.summary,
      description: draft.description,
      runbook_url: repositoryUrl === undefined ? page : `${repositoryUrl.replace(/\/$/, '')}/${page}`,
      dashboard_url: dashboardUrl(draft.dashboard, grafanaUrl),
    },
  };
}

function finishRecording({ record, expr, labels }: RecordingDraft, { namespace }: FinishOptions): RecordingRule {
  const all = { ...labels, ...(namespace === undefined ? {} : { namespace }) };
  return { record, expr, ...(Object.keys(all).length > 0 && { labels: all }) };
}
