import type { DashboardName } from '../alerts/dashboard-links.ts';
import type { Dashboard } from './dashboard.ts';
import { dependencies } from './dependencies.ts';
import { guards } from './guards.ts';
import { kubernetes } from './kubernetes.ts';
import type { DashboardOptions } from './links.ts';
import { models } from './models.ts';
import { monitoring } from './monitoring.ts';
import { overview } from './overview.ts';
import { slo } from './slo.ts';

const boards: Readonly<Record<DashboardName, (options: DashboardOptions) => Dashboard>> = {
  overview,
  slo,
  models,
  dependencies,
  kubernetes,
  guards,
  monitoring,
};

/** Every dashboard, by the name of its file: `overview.json`. */
export function dashboards(options: DashboardOptions = {}): ReadonlyMap<string, Dashboard> {
  return new Map(Object.entries(boards).map(([name, board]) => [`${name}.json`, board(options)]));
}
