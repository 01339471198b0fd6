import { describe, expect, it } from 'vitest';
import type { Metric } from './metric.ts';
import { metrics } from './metrics.ts';
import { processMetrics } from './process-metrics.ts';

const declared: [name: string, metric: Metric][] = Object.entries(metrics);

describe('the contract of metrics', () => {
  it.each(declared)('%s has a name that Prometheus takes, and words that explain it', (name, metric) => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(metric.help.trim()).not.toBe('');
    expect(metric.unit.trim()).not.toBe('');
    for (const label of Object.keys(metric.labels)) expect(label).toMatch(/^[a-z][a-z_]*$/);
  });

  it.each(declared)('%s ends in _total exactly when it is a counter', (name, metric) => {
    expect(name.endsWith('_total')).toBe(metric.type === 'counter');
  });

  it.each(declared)('%s names its unit when it is a time or money', (name, { unit }) => {
    if (unit === 'seconds' || unit === 'usd') expect(name).toMatch(new RegExp(`_${unit}(_total)?$`));
  });

  it.each(declared.filter(([, { type }]) => type === 'histogram'))('%s has ascending buckets', (_name, metric) => {
    const buckets = 'buckets' in metric ? metric.buckets : [];
    expect(buckets.length).toBeGreaterThan(1);
    expect(buckets).toEqual([...new Set(buckets)].sort((a, b) => a - b));
  });

  it('gives question latency the buckets that objectives rely on', () => {
    expect(metrics.rag_query_duration_seconds.buckets).toEqual(expect.arrayContaining([0.1, 0.5, 1, 2, 5]));
  });

  it('never takes the tenant as a label', () => {
    for (const [, { labels }] of declared) expect(Object.keys(labels)).not.toContain('tenant');
  });

  it('shares no name with the metrics of the process', () => {
    const names: string[] = [...declared.map(([name]) => name), ...processMetrics];
    expect(new Set(names).size).toBe(names.length);
  });
});
