import type { HistogramName } from '../service/contract/slo.ts';
import type { SeriesName } from '../alerts/promql/catalogue.ts';
import { promql } from '../alerts/promql/promql.ts';

/**
 * How far back a panel looks: `$__rate_interval` fits the time between scrapes and the width of the graph, `$__range` is all
 * of the time that is shown.
 * https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 */
export type PanelWindow = '$__rate_interval' | '$__range';

/** Name of the variable that chooses a stack where one Prometheus watches several. */
export const namespaceVariable = 'namespace';

/** Writes PromQL for panels: about the chosen stacks, over windows that Grafana fills in. */
export const dashboardPromql = promql<PanelWindow>({
  namespace: { matches: `$${namespaceVariable}` },
  window: (window) => window,
});

/** Below which value a share of observations is: of the buckets that a selector gives, by labels. */
export const quantile = (share: number, bucketRate: string, by: readonly string[] = []): string =>
  `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (${bucketRate}))`;

/** The buckets of a histogram of the service, as increase each second. */
export const bucketRate = (histogram: HistogramName): string =>
  // Each histogram has the series; the type of the name is too general to say so.
  dashboardPromql.rate(`${histogram}_bucket` as SeriesName, '$__rate_interval');
