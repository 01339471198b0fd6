import { BarGaugeDisplayMode, ReduceDataOptionsBuilder, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { datasource, targets, thresholds, type Panel, type PanelDraft, type Queries } from './panel.ts';

/** Values of now side by side as their author writes them. Their colours follow the limits. */
export interface BarsDraft extends PanelDraft {
  readonly queries: Queries;
  /** The highest value there can be. */
  readonly max?: number;
}

/** A bar for each series, a third of the dashboard wide by default. */
export function bars({ title, description, unit, queries, limits, max, width = 8 }: BarsDraft): Panel {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .min(0)
    .noValue('none')
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal)
    .height(8)
    .span(width)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']))
    .targets(targets(queries, (query) => query.instant()));
  if (max !== undefined) panel.max(max);
  return limits === undefined ? panel : panel.thresholds(thresholds(limits));
}
