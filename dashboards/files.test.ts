import { expect, it, test } from 'vitest';
import { dashboardFiles, isDashboardFile } from './files.ts';
import { dashboards } from './index.ts';

interface File {
  readonly schemaVersion?: number;
  readonly panels: readonly { readonly type: string }[];
}

it('writes each dashboard as a file of its own, and counts the panels with data', () => {
  const { files, panels } = dashboardFiles();
  expect([...files.keys()].sort()).toEqual([...dashboards().keys()].sort());
  const boards = [...files.values()].map((text) => JSON.parse(text) as File);
  const types = boards.flatMap((board) => board.panels.map(({ type }) => type));
  expect(panels).toBe(types.filter((type) => type !== 'row' && type !== 'text').length);
  expect(boards.map(({ schemaVersion }) => schemaVersion)).not.toContain(undefined);
});

test('it knows its own files, and takes no other for one', () => {
  expect([...dashboardFiles().files.values()].filter((text) => !isDashboardFile(text))).toEqual([]);
  const others = ['', 'tags: [ballast]', 'null', '[]', '{}', '{"tags": "ballast"}', '{"tags": ["mine"]}'];
  expect(others.filter(isDashboardFile)).toEqual([]);
});
