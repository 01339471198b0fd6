/* eslint-disable @typescript-eslint/no-deprecated -- The successor of these builders makes Grafana's second form of dashboards,
   which is not what files in Grafana's folders, sidecars and older tools hold. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type AnnotationQuery,
  type Dashboard as ClassicDashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardUids, type DashboardName } from '../alerts/dashboard-links.ts';
import { boardLinks, boardTag, type DashboardOptions } from './links.ts';
import { datasource, prometheusVariable, type Panel } from './panel.ts';
import { dashboardPromql, namespaceVariable } from './promql.ts';

/** A dashboard in its classic form: JSON without its methods is the file. */
export type Dashboard = ClassicDashboard;

/** Panels under a heading. */
export interface Section {
  readonly title: string;
  /** From left to right and from top to bottom. */
  readonly panels: readonly Panel[];
}

/** A dashboard as its author writes it; what all dashboards have in the same way is added to it. */
export interface DashboardDraft {
  readonly name: DashboardName;
  readonly title: string;
  /** What it answers, in one sentence. */
  readonly description: string;
  readonly sections: readonly Section[];
}

/**
 * A classic dashboard, which every Grafana and the tools around it read. Its panels ask the Prometheus that is chosen at the
 * top, by default Grafana's default one, about the stack that is chosen beside it, unless told otherwise all that this Prometheus watches.
 */
export function dashboard(
  { name, title, description, sections }: DashboardDraft,
  options: DashboardOptions,
): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(dashboardUids[name])
    .description(description)
    .tags([boardTag])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder(prometheusVariable).label('Data source').type('prometheus'))
    .withVariable(namespaces(options))
    .annotation(deploys())
    .links(boardLinks(options));
  // Ids are given here, so that a link to a panel stays right after a restart.
  let id = 0;
  for (const { title: heading, panels } of sections) {
    builder.withRow(new RowBuilder(heading).id((id += 1)));
    for (const panel of panels) builder.withPanel(panel.id((id += 1)));
  }
  return builder.build();
}

/** All there are also are those without a namespace: a Prometheus that watches one stack gives its series none. */
function namespaces({ namespace }: DashboardOptions): QueryVariableBuilder {
  return new QueryVariableBuilder(namespaceVariable)
    .label('Stack')
    .datasource(datasource)
    .query('label_values(rag_active_queries, namespace)')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(
      namespace === undefined ? { text: ['All'], value: ['$__all'] } : { text: [namespace], value: [namespace] },
    );
}

/** When a copy of the service started: after a deploy each of them does, the newest last. */
function deploys(): Builder<AnnotationQuery> {
  const started = dashboardPromql.select('process_start_time_seconds', { job: ['api', 'api-canary'] });
  return {
    // The SDK's builder would hide its switch in a menu, and cannot be told otherwise.
    build: () => ({
      name: 'Starts of the service',
      datasource,
      enable: true,
      iconColor: 'blue',
      expr: `max by (job) (${started}) * 1000`,
      // The value is the time of the mark, in milliseconds.
      useValueForTime: true,
      step: '60s',
      titleFormat: '{{job}} started',
    }),
  };
}
