import { dashboards } from './index.ts';
import { boardTag } from './links.ts';

/** Every dashboard there is, as files. */
export interface DashboardFiles {
  /** Text by name, as Grafana's folders, its import page and sidecars take it. */
  readonly files: ReadonlyMap<string, string>;
  /** Those with data. */
  readonly panels: number;
}

/** Writes every dashboard as text. */
export function dashboardFiles(): DashboardFiles {
  const boards = [...dashboards()];
  const files = new Map(boards.map(([name, board]) => [name, `${JSON.stringify(board, null, 2)}\n`]));
  const panels = boards.flatMap(([, board]) => board.panels ?? []);
  return { files, panels: panels.filter(({ type }) => type !== 'row' && type !== 'text').length };
}

/** Whether the text of a file is one that {@link dashboardFiles} gave once: a dashboard with the tag of ours. */
export function isDashboardFile(text: string): boolean {
  try {
    const board = JSON.parse(text) as { readonly tags?: unknown } | null;
    return Array.isArray(board?.tags) && board.tags.includes(boardTag);
  } catch {
    return false;
  }
}
