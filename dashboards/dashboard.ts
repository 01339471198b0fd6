/* eslint-disable @typescript-eslint/no-deprecated -- The successor of these builders makes Grafana's second form of dashboards,
   which is not what files in Grafana's folders, sidecars and older tools hold. */
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  type Dashboard as ClassicDashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { prometheusVariable, type Panel } from './panel.ts';

/** A dashboard in its classic form: JSON without its methods is the file. */
export type Dashboard = ClassicDashboard;

/** A dashboard as its author writes it; what all dashboards have in the same way is added to it. */
export interface DashboardDraft {
  /** Part of its address: never changed, or bookmarks break. */
  readonly uid: string;
  readonly title: string;
  /** What it answers, in one sentence. */
  readonly description: string;
  /** From left to right and from top to bottom. */
  readonly panels: readonly Panel[];
}

/**
 * A classic dashboard, which every Grafana and the tools around it read. Its panels ask the Prometheus that is chosen at the
 * top, by default Grafana's default one.
 */
export function dashboard({ uid, title, description, panels }: DashboardDraft): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['ballast'])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder(prometheusVariable).label('Metrics').type('prometheus'));
  // Ids are given here, so that a link to a panel stays right after a restart.
  for (const [index, panel] of panels.entries()) builder.withPanel(panel.id(index + 1));
  return builder.build();
}
