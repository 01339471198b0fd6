import { served, refusedBecause } from './overview-now.ts';
import { dashboard, type Dashboard } from './dashboard.ts';
import type { DashboardOptions } from './links.ts';
import { faults, money, overload, traffic } from './overview-time.ts';

/** What one looks at first: are users served, why not, and where to look next. */
export function overview(options: DashboardOptions): Dashboard {
  return dashboard(
    {
      name: 'overview',
      title: 'Overview',
      description: 'Whether users are served, why not, and where to look next.',
      sections: [
        { title: 'Are users served?', panels: served() },
        { title: 'Why not?', panels: refusedBecause(options) },
        { title: 'Questions', panels: traffic() },
        { title: 'Load', panels: overload() },
        { title: 'What helps out', panels: faults() },
        { title: 'Models and money', panels: money() },
      ],
    },
    options,
  );
}
