import { describe, expect, test } from 'vitest';
import { sloGroup } from '../../alerts/slo/groups.ts';
import { burnAlertName, burnAlerts } from '../../alerts/slo/alerts.ts';
import { finishAlert } from '../../alerts/finish.ts';
import { finishGroup } from '../../alerts/index.ts';
import { rulePromql } from '../../alerts/promql/promql.ts';
import { indicatorSeries, type Counts } from '../../alerts/slo/indicator-series.ts';
import type { Slo } from '../../service/contract/slo.ts';
import { slos, type SloName } from '../../service/contract/slos.ts';
import { expectAlerts } from './rule-test.ts';

const promql = rulePromql(undefined, 1);
const names = Object.keys(slos) as SloName[];

/** Counters of 20 minutes, a sample a minute. */
const perMinute = (count: number): Counts => Array.from({ length: 21 }, (_, minute) => 1000 + count * minute);

/** The four alerts of an objective, of which so many per cent were bad. */
function allFiring(name: SloName, percent: string) {
  const firing = burnAlerts(name, slos[name], promql).map((draft) => {
    const { labels, annotations } = finishAlert(draft, {});
    const description = annotations.description.replace('{{ $value | humanizePercentage }}', percent);
    return { exp_labels: labels, exp_annotations: { ...annotations, description } };
  });
  expect(firing).toHaveLength(4);
  return firing;
}

/** Twenty minutes of traffic as the service counts it, and all of the objective's rules. */
async function expectBurning(name: SloName, traffic: { good: Counts; bad: Counts }, percent: string | undefined) {
  const slo: Slo = slos[name];
  const { series } = indicatorSeries(slo.indicator, traffic.good, traffic.bad);
  const groups = [finishGroup(sloGroup(name, slo, promql), {})];
  const firing = percent === undefined ? [] : allFiring(name, percent);
  await expectAlerts(groups, { alert: burnAlertName(slo), at: '20m', samples: series, firing });
}

describe.each(names)('of the objective %s', (name) => {
  test('all alerts fire from the counters alone when every event is bad', async () => {
    await expectBurning(name, { good: perMinute(0), bad: perMinute(1) }, '100%');
  });

  test('none fires when every event is good', async () => {
    await expectBurning(name, { good: perMinute(1), bad: perMinute(0) }, undefined);
  });
});

test('one failed question among ten in an hour is no burn rate', async () => {
  const good = Array.from({ length: 121 }, (_, minute) => Math.floor(minute / 6));
  const samples = {
    'rag_queries_total{status="success"}': good.map((count, minute) => count - (minute >= 90 ? 1 : 0)).join(' '),
    'rag_queries_total{status="error"}': good.map((_, minute) => (minute >= 90 ? 1 : 0)).join(' '),
  };
  const groups = [finishGroup(sloGroup('availability', slos.availability, promql), {})];
  for (const at of ['91m', '95m', '2h']) {
    await expectAlerts(groups, { alert: 'AvailabilityBudgetBurn', at, samples, firing: [] });
  }
});

describe('the availability', () => {
  const groups = [finishGroup(sloGroup('availability', slos.availability, promql), {})];
  const steadily = (count: number) => perMinute(count).join(' ');
  /** A question answered each minute, and ten that ended as the given series say. */
  const samples = (status: string, also: string) => ({
    'rag_queries_total{status="success"}': steadily(1),
    [`rag_queries_total{status="${status}"}`]: steadily(10),
    [also]: steadily(10),
  });
  const alert = 'AvailabilityBudgetBurn';

  test.each([
    ['questions of low priority were refused', 'shed', 'rag_requests_shed_total{priority="low", reason="queue_full"}'],
    ['questions with a schema got the fallback', 'error', 'llm_json_requests_total{outcome="fallback"}'],
  ])('burns no budget when %s', async (_what, status, also) => {
    await expectAlerts(groups, { alert, at: '20m', samples: samples(status, also), firing: [] });
  });

  test('burns its budget when others were refused', async () => {
    const also = 'rag_requests_shed_total{priority="normal", reason="queue_full"}';
    const firing = allFiring('availability', '90.91%');
    await expectAlerts(groups, { alert, at: '20m', samples: samples('shed', also), firing });
  });
});
