import type { AlertDraft, RuleGroup, Series } from './rule.ts';
import { scrapedTargets, type ScrapedTarget } from './target.ts';

/** Without these no question is answered from the documents, so that somebody is woken. */
const servesQuestions: ReadonlySet<ScrapedTarget> = new Set(['api', 'qdrant', 'tei', 'litellm']);

/** Alerts that tell that a part of the stack does not answer Prometheus, a group for each. */
export function targetGroups(series: Series): RuleGroup<AlertDraft>[] {
  return scrapedTargets.map((target) => ({
    name: `target-${target}`,
    target,
    rules: [oneDown(target, series), allDown(target, series)],
  }));
}

function oneDown(job: ScrapedTarget, series: Series): AlertDraft {
  return {
    alert: 'TargetDown',
    severity: 'warning',
    expr: `${series('up', { job })} == 0`,
    for: '5m',
    // Already on the series; here it keeps the rules of two jobs from looking like one to promtool.
    labels: { job },
    summary: `A copy of ${job} does not answer Prometheus.`,
    description: `The copy of ${job} at {{ $labels.instance }} has not answered Prometheus for 5 minutes.`,
  };
}

/** A workload without a single address has no series `up` at all, so this asks for the absence of a good one. */
function allDown(job: ScrapedTarget, series: Series): AlertDraft {
  return {
    alert: 'AllTargetsDown',
    severity: servesQuestions.has(job) ? 'critical' : 'warning',
    expr: `absent(${series('up', { job })} == 1)`,
    for: '5m',
    labels: { job },
    summary: `No copy of ${job} answers Prometheus.`,
    description: `For 5 minutes no copy of ${job} has answered Prometheus, or there is none.`,
  };
}
