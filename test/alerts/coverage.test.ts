import { expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { parsePromql } from '../../alerts/promql/parse.ts';
import { metrics } from '../../service/contract/metrics.ts';
import { processMetrics } from '../../service/contract/process-metrics.ts';
import { panelQueries } from '../stack/panel-queries.ts';

/** Metrics of the service that nobody needs to look at, and why. */
const exempt: Readonly<Record<string, string>> = {
  process_cpu_seconds_total: 'the sum of the two that a panel shows',
  process_virtual_memory_bytes: 'addresses, not memory: V8 reserves far more than it uses',
  process_heap_bytes: 'of the whole process, which the resident memory tells better',
  nodejs_eventloop_lag_seconds: 'one moment at each scrape; the percentiles know all that was in between',
  nodejs_eventloop_lag_min_seconds: 'never says that anything is wrong',
  nodejs_eventloop_lag_mean_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_stddev_seconds: 'the percentiles say more',
  nodejs_eventloop_lag_p90_seconds: 'between p50 and p99, which a panel shows',
  nodejs_version_info: 'comes with the image, and changes with it alone',
};

const queries = [
  ...panelQueries().map(({ query }) => query),
  ...draftGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)),
];
const asked = new Set(queries.flatMap((query) => parsePromql(query).metrics));
/** A histogram has no series of its own name. */
const isAsked = (name: string) => ['', '_bucket', '_sum', '_count'].some((part) => asked.has(`${name}${part}`));
const unasked = [...Object.keys(metrics), ...processMetrics].filter((name) => !isAsked(name));

test('every metric of the service is on a panel or in an alert, or it is known why not', () => {
  expect(unasked.filter((name) => !(name in exempt))).toEqual([]);
});

test('no metric is exempt that is asked for after all, or that is gone', () => {
  expect(Object.keys(exempt).filter((name) => !unasked.includes(name))).toEqual([]);
});
