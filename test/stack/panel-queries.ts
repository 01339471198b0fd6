import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboards } from '../../dashboards/index.ts';

/** A query of a panel. */
export interface PanelQuery {
  /** Name of the dashboard's file. */
  readonly board: string;
  readonly panel: string;
  readonly legend: string;
  /** As it is in the file, with Grafana's variables. */
  readonly expr: string;
  /** As Prometheus gets it. */
  readonly query: string;
}

/** A query with values of Grafana's variables: over so many seconds, of all stacks. */
export const withVariables = (expr: string, seconds = 60): string =>
  expr.replaceAll(/\$__(?:rate_interval|range)/g, `${seconds}s`).replaceAll('$namespace', '.*');

/** Every query of every dashboard. */
export function panelQueries(seconds?: number): PanelQuery[] {
  return [...dashboards()].flatMap(([board, { panels = [] }]) =>
    (panels as Panel[]).flatMap(({ title = '', targets = [] }) =>
      (targets as unknown as { expr: string; legendFormat: string }[]).map(({ expr, legendFormat }) => {
        return { board, panel: title, legend: legendFormat, expr, query: withVariables(expr, seconds) };
      }),
    ),
  );
}
