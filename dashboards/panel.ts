import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel as ClassicPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

/** A panel that a dashboard takes in; the dashboard gives it its number. */
export interface Panel extends Builder<ClassicPanel> {
  id(id: number): this;
}

/** The variable that names the data source of every panel. */
export const prometheusVariable = 'datasource';

/** The data source that is chosen at the top. */
export const datasource = { type: 'prometheus', uid: `\${${prometheusVariable}}` };

/** Width of a dashboard, in columns. */
export const fullWidth = 24;

/** What every panel with data says of itself. */
export interface PanelDraft {
  readonly title: string;
  /** What it shows, and what to think of it. */
  readonly description: string;
  /** One of Grafana's units: `s`, `percentunit`, `reqps`. */
  readonly unit: string;
  /** Columns out of 24; the panels of a line fill them. */
  readonly width?: number;
  /** From which value on it is bad. */
  readonly limits?: Limits;
}

/** PromQL by legend; the legend may name labels: `{{status}}`. */
export type Queries = Readonly<Record<string, string>>;

/** Yellow from one value on, red from another one, on one side of them; either may be left out. */
export interface Limits {
  readonly bad: 'above' | 'below';
  readonly warning?: number;
  readonly critical?: number;
}

/** The limits as Grafana has them: each colour from a value up to the next one. */
export function thresholds({ bad, warning, critical }: Limits): ThresholdsConfigBuilder {
  const rising = [
    { value: null, color: 'green' },
    { value: warning, color: 'yellow' },
    { value: critical, color: 'red' },
  ];
  const falling = [
    { value: null, color: critical === undefined ? 'yellow' : 'red' },
    { value: critical, color: warning === undefined ? 'green' : 'yellow' },
    { value: warning, color: 'green' },
  ];
  const steps = (bad === 'above' ? rising : falling).flatMap(({ value, color }) =>
    value === undefined ? [] : [{ value, color }],
  );
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** The queries of a panel, by letters in their order. Each is changed by `finish`. */
export function targets(
  queries: Queries,
  finish: (query: DataqueryBuilder, index: number) => DataqueryBuilder,
): DataqueryBuilder[] {
  return Object.entries(queries).map(([legend, expr], index) => {
    const letter = String.fromCharCode('A'.charCodeAt(0) + index);
    return finish(new DataqueryBuilder().refId(letter).datasource(datasource).expr(expr).legendFormat(legend), index);
  });
}
