import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { metrics } from '../service/contract/metrics.ts';
import type { HistogramName } from '../service/contract/slo.ts';
import { datasource, targets, thresholds, type Panel, type PanelDraft, type Queries } from './panel.ts';
import { bucketRate, quantile } from './promql.ts';

/** A graph over time as its author writes it. Its limits are lines. */
export interface GraphDraft extends PanelDraft {
  readonly queries: Queries;
  /** The highest value there can be. */
  readonly max?: number;
  /** The series are parts of a whole. @default false */
  readonly stacked?: boolean;
  /** The series of the first query have exemplars: dots that lead to single traces. @default false */
  readonly exemplars?: boolean;
}

/** A graph over time, a third of the dashboard wide by default. */
export function graph(draft: GraphDraft): Panel {
  const { title, description, unit, queries, limits, max, stacked = false, exemplars = false, width = 8 } = draft;
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    // Shown in any case; what is below it, too.
    .axisSoftMin(0)
    .fillOpacity(10)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .height(8)
    .span(width)
    .targets(targets(queries, (query, index) => query.range().exemplar(exemplars && index === 0)));
  if (max !== undefined) panel.max(max);
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (limits === undefined) return panel;
  return panel
    .thresholds(thresholds(limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** Percentiles of a histogram of the service, in its own unit, with its traces where it keeps them. */
export function percentiles(
  draft: Omit<GraphDraft, 'queries' | 'exemplars'> & { readonly histogram: HistogramName },
): Panel {
  const { histogram } = draft;
  const queries = Object.fromEntries(
    [0.5, 0.95, 0.99].map((share) => [`p${share * 100}`, quantile(share, bucketRate(histogram))]),
  );
  return graph({ ...draft, queries, exemplars: metrics[histogram].exemplars });
}
