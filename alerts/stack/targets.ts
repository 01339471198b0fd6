import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';
import { scrapedTargets, type ScrapedTarget } from '../target.ts';

/** Without these no question is answered from the documents, so that somebody is woken. */
const servesQuestions: ReadonlySet<ScrapedTarget> = new Set(['api', 'qdrant', 'tei', 'litellm']);

/** Alerts that tell that a part of the stack does not answer Prometheus, a group for each. */
export function targetGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return scrapedTargets.map((target) => ({
    name: `target-${target}`,
    target,
    rules: [oneDown(target, promql), allDown(target, promql)],
  }));
}

function oneDown(job: ScrapedTarget, { select }: Promql): AlertDraft {
  const copy = (instance: string) => `up{job="${job}", instance="${instance}"}`;
  return {
    alert: 'TargetDown',
    severity: 'warning',
    expr: `${select('up', { job })} == 0`,
    for: '5m',
    // Already on the series; here it keeps the rules of two jobs from looking like one to promtool.
    labels: { job },
    summary: `A copy of ${job} does not answer Prometheus.`,
    description: `The copy of ${job} at {{ $labels.instance }} has not answered Prometheus for 5 minutes.`,
    dashboard: 'monitoring',
    scenarios: {
      fires: [
        {
          series: { [copy('10.0.0.1:80')]: '1 1 0x20', [copy('10.0.0.2:80')]: '1x20' },
          holdsFrom: '2m',
          alerts: [
            {
              labels: { instance: '10.0.0.1:80' },
              description: `The copy of ${job} at 10.0.0.1:80 has not answered Prometheus for 5 minutes.`,
            },
          ],
        },
      ],
      quiet: [
        { because: 'it missed one scrape', series: { [copy('a')]: '1 1 0 1x20' }, at: '7m' },
        { because: 'it is another job', series: { 'up{job="other", instance="a"}': '0x20' }, at: '10m' },
      ],
    },
  };
}

/** A workload without a single address has no series `up` at all, so this asks for the absence of a good one. */
function allDown(job: ScrapedTarget, { select }: Promql): AlertDraft {
  const description = `For 5 minutes no copy of ${job} has answered Prometheus, or there is none.`;
  const copies = (first: string, second: string) => ({
    [`up{job="${job}", instance="a"}`]: first,
    [`up{job="${job}", instance="b"}`]: second,
  });
  return {
    alert: 'AllTargetsDown',
    severity: servesQuestions.has(job) ? 'critical' : 'warning',
    expr: `absent(${select('up', { job })} == 1)`,
    for: '5m',
    labels: { job },
    summary: `No copy of ${job} answers Prometheus.`,
    description,
    dashboard: 'monitoring',
    scenarios: {
      firesWithoutData: true,
      fires: [
        { series: copies('1 0x20', '1 1 0x20'), holdsFrom: '2m', alerts: [{ description }] },
        { series: { 'up{job="other", instance="a"}': '1x20' }, holdsFrom: '0m', alerts: [{ description }] },
      ],
      quiet: [{ because: 'one copy answers', series: copies('0x20', '1x20'), at: '10m' }],
    },
  };
}
