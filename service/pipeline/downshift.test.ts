import { beforeEach, describe, expect, it } from 'vitest';
import type { Mode } from '../contract/metrics.ts';
import { testMetrics, type TestMetrics } from '../models/testing.ts';
import { createLogger } from '../telemetry/logger.ts';
import { downshift } from './downshift.ts';
import type { Question } from './step.ts';
import { question } from './testing.ts';

/** What each mode is answered as now. */
let now: Record<Mode, Mode>;
let log: { level: string; msg: string }[];
let metrics: TestMetrics;
let shift: (question: Question) => Question;

beforeEach(() => {
  now = { creative: 'creative', balanced: 'balanced', fast: 'fast' };
  log = [];
  metrics = testMetrics();
  const catalogue = {
    modeNow: ({ mode, model }: Pick<Question, 'mode' | 'model'>) => (model === undefined ? now[mode] : mode),
  };
  const lines = { write: (line: string) => void log.push(JSON.parse(line) as (typeof log)[number]) };
  const logger = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '0', lines);
  shift = downshift(catalogue, metrics.metrics, logger);
});

const ask = (mode: Mode, more: Partial<Question> = {}) => shift({ ...question, mode, ...more });

describe('a question', () => {
  it('stays as it is while its model is there', async () => {
    const asked = { ...question, mode: 'creative' } as const;
    expect(shift(asked)).toBe(asked);
    expect(await metrics.valueOf('llm_mode_downshift_total')).toBe(0);
    expect(log).toEqual([]);
  });

  it('changes its mode and nothing else while its model is away', () => {
    now.creative = 'balanced';
    const more = { topK: 7, schema: { type: 'object' }, variant: 'default' };
    expect(ask('creative', more)).toEqual({ ...question, ...more, mode: 'balanced' });
    expect(ask('balanced')).toEqual({ ...question, mode: 'balanced' });
  });

  it('is counted each time, by where it came from and went', async () => {
    now.creative = 'balanced';
    ask('creative');
    ask('creative');
    now.creative = 'fast';
    ask('creative');
    ask('fast');
    expect(await metrics.valueOf('llm_mode_downshift_total', { from: 'creative', to: 'balanced' })).toBe(2);
    expect(await metrics.valueOf('llm_mode_downshift_total', { from: 'creative', to: 'fast' })).toBe(1);
    expect(await metrics.valueOf('llm_mode_downshift_total')).toBe(3);
  });
});

describe('the log', () => {
  it('says when a mode goes down, goes further down and comes back, once each', () => {
    for (const mode of ['creative', 'balanced', 'balanced', 'fast', 'fast', 'creative', 'creative'] as const) {
      now.creative = mode;
      ask('creative');
    }
    expect(log.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'warn: downshift: mode creative is answered as balanced',
      'warn: downshift: mode creative is answered as fast',
      'info: mode creative is answered by its own model again',
    ]);
  });

  it('tells variants apart, since they may have models of their own', () => {
    now.creative = 'balanced';
    ask('creative', { variant: 'a' });
    ask('creative', { variant: 'b' });
    ask('creative', { variant: 'a' });
    expect(log).toMatchObject([
      { variant: 'a', from: 'creative', to: 'balanced' },
      { variant: 'b', from: 'creative', to: 'balanced' },
    ]);
  });

  it('is not misled by a question with a model of the caller’s choice', () => {
    now.creative = 'balanced';
    ask('creative');
    ask('creative', { model: 'qwen' });
    ask('creative');
    expect(log).toHaveLength(1);
  });
});
