import {
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A panel that a dashboard takes in. */
export type Panel = PanelBuilder;

/** The variable that names the data source of every panel. */
export const prometheusVariable = 'datasource';

/** A graph over time as its author writes it. */
export interface GraphDraft {
  readonly title: string;
  /** What it shows, and what to think of it. */
  readonly description: string;
  /** One of Grafana's units: `s`, `percentunit`, `reqps`. */
  readonly unit: string;
  /** PromQL by legend; the legend may name labels: `{{status}}`. */
  readonly queries: Readonly<Record<string, string>>;
  /** The highest value there can be. */
  readonly max?: number;
  /** The series have exemplars: dots that lead to single traces. @default false */
  readonly exemplars?: boolean;
}

/** A graph over time, a third of the dashboard wide. */
export function graph({ title, description, unit, queries, max, exemplars = false }: GraphDraft): Panel {
  const datasource = { type: 'prometheus', uid: `\${${prometheusVariable}}` };
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .min(0)
    .fillOpacity(10)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .height(8)
    .span(8)
    .targets(
      Object.entries(queries).map(([legend, expr], index) =>
        new DataqueryBuilder()
          .refId(String.fromCharCode('A'.charCodeAt(0) + index))
          .datasource(datasource)
          .expr(expr)
          .legendFormat(legend)
          .range()
          .exemplar(exemplars),
      ),
    );
  return max === undefined ? panel : panel.max(max);
}
