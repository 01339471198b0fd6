import { describe, expect, it } from 'vitest';
import { metrics } from './metrics.ts';
import type { BoundIndicator, ShareIndicator, Slo } from './slo.ts';
import { slos } from './slos.ts';

const all: [name: string, slo: Slo][] = Object.entries(slos);
const shares = all.flatMap(([name, { indicator }]): [string, ShareIndicator][] =>
  indicator.kind === 'share' ? [[name, indicator]] : [],
);
const bounds = all.flatMap(([name, slo]): [string, Slo, BoundIndicator][] =>
  slo.indicator.kind === 'bound' ? [[name, slo, slo.indicator]] : [],
);

/** A bound as a sentence says it, by the metric's unit. */
function inWords(bound: number, unit: string): RegExp {
  if (unit === 'usd') return new RegExp(`\\b${bound * 100} cents?\\b`);
  return bound < 1 ? new RegExp(`\\b${bound * 1000} milliseconds?\\b`) : new RegExp(`\\b${bound} seconds?\\b`);
}

describe('the objective', () => {
  it.each(all)('%s leaves a budget, and promises something', (_name, { target, windowDays }) => {
    expect(target).toBeGreaterThan(0);
    expect(target).toBeLessThan(1);
    expect(Number.isInteger(windowDays) && windowDays > 0).toBe(true);
  });

  it.each(all)('%s has a name that fits an address and a label', (name) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it.each(all)('%s says its target in one sentence', (_name, { title, description, target }) => {
    expect(title).toMatch(/^[A-Z]/);
    expect(description).toMatch(/^[A-Z][^:]*(: [^:]*)?\.$/);
    expect([...description.matchAll(/([\d.]+) %/g)].map(([, percent]) => percent)).toEqual([
      String(Number((target * 100).toPrecision(12))),
    ]);
  });

  it.each(bounds)('%s says its bound, which is that of a bucket', (_name, { description }, { histogram, bound }) => {
    expect(metrics[histogram].buckets).toContain(bound);
    expect(description).toMatch(inWords(bound, metrics[histogram].unit));
  });

  it.each(shares)('%s counts as good only a part of what it asks about', (_name, { good, total }) => {
    for (const [label, values] of Object.entries(total)) {
      expect(values).toEqual(expect.arrayContaining([...(good[label] ?? [])]));
    }
    expect(good).not.toEqual(total);
    expect(good).not.toEqual({});
  });
});
