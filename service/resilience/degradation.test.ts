import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { degradationModes } from '../contract/metrics.ts';
import { testMetrics } from '../models/testing.ts';
import { createLogger } from '../telemetry/logger.ts';
import { Degradation } from './degradation.ts';

const signs = { modelsAway: false, documentsAway: false, shedding: false };
let log: Record<string, unknown>[];
let metrics: ReturnType<typeof testMetrics>;
let degradation: Degradation;

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(signs, { modelsAway: false, documentsAway: false, shedding: false });
  log = [];
  metrics = testMetrics();
  degradation = new Degradation(
    {
      modelsAway: () => signs.modelsAway,
      documentsAway: () => signs.documentsAway,
      shedding: () => signs.shedding,
    },
    metrics.metrics,
    createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '0', {
      write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
    }),
  );
});
afterEach(() => {
  degradation.close();
  vi.useRealTimers();
});

async function modesInMetrics(): Promise<string[]> {
  const values = await Promise.all(degradationModes.map((mode) => metrics.valueOf('rag_degradation_mode', { mode })));
  return degradationModes.filter((_, index) => values[index] === 1);
}

describe('the mode', () => {
  it('is full at the start', async () => {
    expect(degradation.mode).toBe('full');
    expect(await modesInMetrics()).toEqual(['full']);
    degradation.update();
    expect(log).toEqual([]);
  });

  it.each([
    ['retrieval_only', { modelsAway: true }],
    ['cached', { documentsAway: true }],
    ['cached', { documentsAway: true, modelsAway: true }],
    ['shed', { shedding: true }],
    ['shed', { shedding: true, documentsAway: true, modelsAway: true }],
  ])('is %s with %o, and full again afterwards', async (mode, away) => {
    Object.assign(signs, away);
    degradation.update();
    expect(degradation.mode).toBe(mode);
    expect(await modesInMetrics()).toEqual([mode]);
    Object.assign(signs, { modelsAway: false, documentsAway: false, shedding: false });
    degradation.update();
    expect(degradation.mode).toBe('full');
    expect(await modesInMetrics()).toEqual(['full']);
  });

  it('is looked at each second, since overload ends by itself', () => {
    signs.shedding = true;
    vi.advanceTimersByTime(999);
    expect(degradation.mode).toBe('full');
    vi.advanceTimersByTime(1);
    expect(degradation.mode).toBe('shed');
    signs.shedding = false;
    vi.advanceTimersByTime(1_000);
    expect(degradation.mode).toBe('full');
  });

  it('is logged when it changes, once: as a warning, and as news when all is well again', () => {
    signs.modelsAway = true;
    vi.advanceTimersByTime(10_000);
    signs.modelsAway = false;
    vi.advanceTimersByTime(10_000);
    expect(log).toMatchObject([
      { level: 'warn', degradation: 'retrieval_only', previous: 'full', msg: 'degradation mode is now retrieval_only' },
      { level: 'info', degradation: 'full', previous: 'retrieval_only', msg: 'degradation mode is now full' },
    ]);
  });

  it('is not followed any more after the end', () => {
    degradation.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
