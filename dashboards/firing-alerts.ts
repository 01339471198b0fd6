import { routing } from '../alerts/routing/routing.ts';
import type { Severity } from '../alerts/rule.ts';
import type { DashboardName } from '../alerts/dashboard-links.ts';
import { fileUrl, type DashboardOptions } from './links.ts';
import type { Panel } from './panel.ts';
import { stat } from './panel-stat.ts';
import { table } from './panel-table.ts';
import { dashboardPromql } from './promql.ts';

const { select } = dashboardPromql;

/** Alerts that fire, but for the one that always does. */
export const firing = (severity?: Severity): string =>
  select('ALERTS', {
    alertstate: 'firing',
    alertname: { not: routing.watchdog.alert },
    ...(severity !== undefined && { severity }),
  });

/** How many alerts fire now that page somebody. */
export const criticalAlerts = (next?: DashboardName): Panel =>
  stat({
    title: 'Critical alerts',
    description: 'Alerts that page somebody and fire now.',
    unit: 'none',
    query: `count(${firing('critical')}) or vector(0)`,
    limits: { bad: 'above', critical: 1 },
    ...(next !== undefined && { next }),
  });

/** The alerts that fire now, each with its page of the runbook where that is on the web. */
export function firingAlerts({ repositoryUrl }: DashboardOptions, width?: number): Panel {
  return table({
    title: 'Firing alerts',
    description:
      'Alerts of Prometheus that fire now, and how many series each is about. Each name leads to its page of the runbook ' +
      'where the address of the repository is configured.',
    unit: 'none',
    query: `count by (severity, alertname) (${firing()})`,
    value: 'Series',
    ...(width !== undefined && { width }),
    link: repositoryUrl === undefined ? undefined : runbookLink(repositoryUrl),
  });
}

const runbookLink = (repositoryUrl: string) => ({
  label: 'alertname',
  title: 'What to do',
  url: fileUrl(repositoryUrl, 'docs/runbook/${__data.fields.alertname}.md'),
});
