import type { Dashboard } from './dashboard.ts';
import { overview } from './overview.ts';

/** Every dashboard, by the name of its file: `overview.json`. */
export function dashboards(): ReadonlyMap<string, Dashboard> {
  return new Map([['overview.json', overview()]]);
}
