import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { catalogue, targetLabels } from '../../alerts/promql/catalogue.ts';
import { parsePromql } from '../../alerts/promql/parse.ts';
import { run } from '../processes.ts';
import { fences } from './fences.ts';

const queries = fences()
  .filter(({ language }) => language === 'promql')
  .map(({ page, lines }) => ({ page, query: lines.join('\n') }));

describe('the queries of the runbook', () => {
  test.each(queries)('of $page name series that something emits: $query', ({ query }) => {
    const { metrics, labels } = parsePromql(query);
    expect(metrics.filter((metric) => !catalogue.has(metric))).toEqual([]);
    const known = [...targetLabels, ...metrics.flatMap((metric) => catalogue.get(metric) ?? [])];
    expect(labels.filter((label) => !known.includes(label))).toEqual([]);
  });

  test('are what Prometheus takes', async () => {
    expect(queries.length).toBeGreaterThan(3);
    const folder = mkdtempSync(join(tmpdir(), 'ballast-queries-'));
    try {
      const rules = queries.map(({ query }, index) => ({ record: `query:${index}`, expr: query }));
      writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'queries', rules }] }));
      const { code, stderr } = await run(inject('promtool'), ['check', 'rules', join(folder, 'rules.yml')]);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
