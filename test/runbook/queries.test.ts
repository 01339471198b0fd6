import { describe, expect, test } from 'vitest';
import { unknownNames } from '../../alerts/promql/unknown-names.ts';
import { complaints } from '../alerts/promtool-complaints.ts';
import { fences } from './fences.ts';

const queries = fences()
  .filter(({ language }) => language === 'promql')
  .map(({ page, lines }) => ({ page, query: lines.join('\n') }));

describe('the queries of the runbook', () => {
  test.each(queries)('of $page name series that something emits: $query', ({ query }) => {
    expect(unknownNames(query)).toEqual([]);
  });

  test('are what Prometheus takes', async () => {
    expect(queries.length).toBeGreaterThan(3);
    expect(await complaints(queries.map(({ query }) => query))).toBe('');
  });
});
