import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { dashboards } from './index.ts';

const all = [...dashboards()];
/** What is written to the files: without methods. */
const files = new Map(all.map(([name, board]) => [name, JSON.parse(JSON.stringify(board)) as typeof board]));
const panelsOf = (name: string) => (files.get(name)?.panels ?? []) as Panel[];

describe('the dashboards', () => {
  it('have an overview', () => {
    expect(files.get('overview.json')?.uid).toBe('ballast-overview');
  });

  it('have an id and a title each', () => {
    const ids = all.map(([, { uid }]) => uid);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(all.map(([, { title }]) => title)).size).toBe(ids.length);
  });

  it('are the same at each call', () => {
    expect(JSON.stringify([...dashboards()])).toBe(JSON.stringify(all));
  });

  it('have names that a ConfigMap takes', () => {
    for (const name of files.keys()) expect(name).toMatch(/^[a-z0-9-]+\.json$/);
  });
});

describe.each([...files.keys()])('%s', (name) => {
  const panels = panelsOf(name);

  it('is changed in files alone', () => {
    expect(files.get(name)?.editable).toBe(false);
  });

  it('asks the Prometheus that is chosen at the top', () => {
    expect(files.get(name)?.templating.list).toEqual([
      expect.objectContaining({ type: 'datasource', name: 'datasource', query: 'prometheus' }),
    ]);
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const { datasource, targets } of panels) {
      expect(datasource).toEqual(chosen);
      for (const target of targets ?? []) expect(target).toMatchObject({ datasource: chosen });
    }
  });

  it('says of each panel what it shows, and in which unit', () => {
    for (const { title, description, fieldConfig } of panels) {
      expect(title).toMatch(/\S/);
      expect(description).toMatch(/\.$/);
      expect(fieldConfig?.defaults.unit).toMatch(/\S/);
    }
  });

  it('has panels with an id each, so that links to them last', () => {
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
  });

  it('has panels side by side, none over another', () => {
    const cells = panels.flatMap(({ gridPos }) => {
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
      expect(w * h).toBeGreaterThan(0);
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('has queries with a legend each', () => {
    for (const { targets } of panels) {
      expect(targets?.length).toBeGreaterThan(0);
      for (const target of targets ?? [])
        expect(target).toMatchObject({ legendFormat: expect.stringMatching(/\S/) as string });
      const letters = (targets as { refId?: string }[] | undefined)?.map(({ refId }) => refId);
      expect(new Set(letters).size).toBe(letters?.length);
    }
  });
});
