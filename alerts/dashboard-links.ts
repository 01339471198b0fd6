/** The dashboards by the part of their address that never changes, so that alerts and bookmarks find them. */
export const dashboardUids = {
  overview: 'ballast-overview',
  slo: 'ballast-slo',
  models: 'ballast-models',
  dependencies: 'ballast-dependencies',
  kubernetes: 'ballast-kubernetes',
  guards: 'ballast-guards',
  monitoring: 'ballast-monitoring',
} as const;

/** Name of a dashboard, and of its file without the ending. */
export type DashboardName = keyof typeof dashboardUids;

/** Address of a dashboard: a path on Grafana's host where that is not known. */
export function dashboardUrl(name: DashboardName, grafanaUrl: string | undefined): string {
  const path = `d/${dashboardUids[name]}`;
  return grafanaUrl === undefined ? path : `${grafanaUrl.replace(/\/$/, '')}/${path}`;
}
