import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DashboardLinkType, type DashboardLink } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardUids, type DashboardName } from '../alerts/dashboard-links.ts';
import { prometheusVariable } from './panel.ts';
import { namespaceVariable } from './promql.ts';

/** What dashboards depend on. */
export interface DashboardOptions {
  /** Web address of this repository's files; without it no dashboard links to the runbook. */
  readonly repositoryUrl?: string | undefined;
  /** The stack that is shown at first where one Prometheus watches several. @default all of them */
  readonly namespace?: string | undefined;
}

/** The tag by which dashboards find each other. */
export const boardTag = 'ballast';

/** Another dashboard over the same time, of the same stack: relative, so that Grafana may be below a path. */
export const boardPath = (name: DashboardName): string =>
  `d/${dashboardUids[name]}?\${__url_time_range}&\${${prometheusVariable}:queryparam}&\${${namespaceVariable}:queryparam}`;

/** Web address of a file of this repository. */
export const fileUrl = (repositoryUrl: string, path: string): string => `${repositoryUrl.replace(/\/$/, '')}/${path}`;

/** The links at the top of every dashboard: to the others, and to the handbook where that is on the web. */
export function boardLinks({ repositoryUrl }: DashboardOptions): Builder<DashboardLink>[] {
  const page = (title: string, path: string, url: string) =>
    link({ title, type: DashboardLinkType.Link, icon: 'doc', url: fileUrl(url, path), targetBlank: true });
  return [
    link({
      title: 'Dashboards',
      type: DashboardLinkType.Dashboards,
      tags: [boardTag],
      includeVars: true,
      keepTime: true,
    }),
    ...(repositoryUrl === undefined
      ? []
      : [page('Runbook', 'docs/runbook', repositoryUrl), page('Handbook', 'docs/handbook', repositoryUrl)]),
  ];
}

/** The SDK's builder would hide it in a menu, and cannot be told otherwise. */
const link = (draft: Pick<DashboardLink, 'title' | 'type'> & Partial<DashboardLink>): Builder<DashboardLink> => ({
  build: () => ({
    icon: 'external link',
    tooltip: '',
    tags: [],
    asDropdown: false,
    targetBlank: false,
    includeVars: false,
    keepTime: false,
    ...draft,
  }),
});
