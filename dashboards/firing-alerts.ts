import { routing } from '../alerts/routing/routing.ts';
import type { Severity } from '../alerts/rule.ts';
import { fileUrl, type DashboardOptions } from './links.ts';
import type { Panel } from './panel.ts';
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
