import { describe, expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import type { AlertDraft } from '../../alerts/rule.ts';
import { judgeMutants, type JudgedMutant } from './judge-mutants.ts';
import { mutantsOf } from './mutate.ts';

/**
 * Groups that the same lines write as one that is judged, for another job or another objective: what is true of that is true of
 * them, and it would take as long again. Of the jobs one is left whose absence pages and one whose absence does not, of the
 * objectives one that is a share of a counter and one that is a bucket of a histogram.
 */
const another = /^(target-(?!api$|grafana$)|slo-(?!availability$|latency$))/;

test('a rule in which one thing is changed fails its tests', { timeout: 300_000 }, async () => {
  const mutants = await judgeMutants(draftGroups().filter(({ name }) => !another.test(name)));
  // A rate over less than half of the time is often the same, so that windows are told and not judged.
  const [windows = [], judged = []] = [true, false].map((is) =>
    mutants.filter(({ kind }) => (kind === 'window') === is),
  );
  console.log(
    `${judged.length} changed rules, of which ${percent(judged)} % fail a test; ` +
      `with another window ${windows.length}, ${percent(windows)} %. ` +
      `Of these are not noticed: ${notNoticed(windows).join('\n') || 'none'}`,
  );
  expect(judged.length).toBeGreaterThan(750);
  expect(notNoticed(judged)).toEqual([]);
});

function notNoticed(mutants: readonly JudgedMutant[]): string[] {
  return mutants.filter(({ killed }) => !killed).map(({ group, name, what }) => `${group}: ${name}: ${what}`);
}

function percent(mutants: readonly JudgedMutant[]): number {
  return Math.floor((1000 * mutants.filter(({ killed }) => killed).length) / mutants.length) / 10;
}

describe('the judge of changed rules', () => {
  const draft: AlertDraft = {
    alert: 'TargetDown',
    severity: 'warning',
    expr: 'up{job="api"} < 5',
    for: '5m',
    summary: 'A summary.',
    description: 'A description.',
    dashboard: 'overview',
    scenarios: {
      fires: [
        {
          series: { 'up{job="api"}': '1x20' },
          holdsFrom: '0m',
          alerts: [{ labels: { job: 'api' }, description: 'A description.' }],
        },
      ],
      quiet: [],
    },
  };
  const judge = (scenarios: AlertDraft['scenarios']) =>
    judgeMutants([{ name: 'judged', target: 'api', rules: [{ ...draft, scenarios }] }]);

  test('finds what no test would notice', async () => {
    const survivors = (await judge(draft.scenarios)).filter(({ killed }) => !killed);
    expect(survivors.map(({ what }) => what)).toEqual(['5 became 2 at character 17', '5 became 12.5 at character 17']);
  });

  test('refuses tests that fail as it is', async () => {
    const quiet = [{ because: 'it is wrong', series: { 'up{job="api"}': '4x20' }, at: '9m' }] as const;
    await expect(judge({ ...draft.scenarios, quiet })).rejects.toThrow('TargetDown fails as it is');
  });
});

describe('what is changed of a rule', () => {
  const changes = (expr: string) => mutantsOf({ record: 'a', expr }).map(({ kind, rule }) => `${kind}: ${rule.expr}`);

  test.each([
    ['a > 10', ['comparison: a < 10', 'number: a > 4', 'number: a > 25']],
    ['a == 0', ['comparison: a != 0']],
    ['a >= bool 1', ['comparison: a < bool 1', 'number: a >= bool 0.4', 'number: a >= bool 2.5']],
    ['1 - b{c="d"}', ['number: 0.4 - b{c="d"}', 'number: 2.5 - b{c="d"}', 'matcher: 1 - b{c="(d)-changed"}']],
    ['rate(a[5m] offset 1h)', ['window: rate(a[120000ms] offset 1h)', 'window: rate(a[5m] offset 1440000ms)']],
    ['a{b=~"c\\\\.d|e"}', ['matcher: a{b=~"(c\\\\.d|e)-changed"}']],
  ])('of %s', (expr, expected) => {
    expect(changes(expr)).toEqual(expected);
  });

  test('are its labels and its time, too', () => {
    const { expr, alert } = { expr: 'a', alert: 'A' };
    const annotations = { summary: '', description: '', runbook_url: '', dashboard_url: '' };
    const rule = { alert, expr, for: '10m', labels: { severity: 'critical', slo: 'b' }, annotations } as const;
    expect(mutantsOf({ ...rule, keep_firing_for: '15m' }).map(({ what }) => what)).toEqual([
      'for: 10m became 240000ms',
      'keep_firing_for: 15m became 360000ms',
      'label severity: critical became warning',
      'label slo: b became b-changed',
    ]);
    expect(mutantsOf({ ...rule, for: '0m', labels: { severity: 'none' } }).map(({ what }) => what)).toEqual([
      'label severity: none became critical',
    ]);
  });
});
