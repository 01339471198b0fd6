import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Mode } from '../contract/metrics.ts';
import { defaultModelTable, type ModelTable } from '../contract/models.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { ModelCatalogue, type Asked } from './catalogue.ts';
import { fakeModel, gateOf, open, writes } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function build({
  downshift = true,
  models = {},
}: { downshift?: boolean; models?: Partial<Record<Mode, string>> } = {}) {
  const gates = new Map(['qwen', 'mistral', 'llama'].map((name) => [name, gateOf(fakeModel(name, writes('yes')))]));
  const variants: ModelTable['variants'] = {
    default: { weight: 1, models: {} },
    other: { weight: 1, models },
  };
  const catalogue = new ModelCatalogue(gates, { ...defaultModelTable, variants }, downshift);
  const gate = (name: string) => gates.get(name) ?? expect.fail(`there is no ${name}`);
  return {
    catalogue,
    away: (...names: string[]) => names.forEach((name) => open(gate(name))),
    hold: (name: string, retryAfterSeconds: number) =>
      gate(name)
        .tryAcquire()
        ?.failed(new UpstreamError(name, 'rate_limited', 'too many', { retryAfterSeconds }), false),
  };
}

const asked = (mode: Mode, more: Partial<Asked> = {}): Asked => ({ mode, variant: 'default', ...more });

function named(catalogue: ModelCatalogue, question: Asked): string[] {
  return catalogue.candidates(question).map(({ mode, gate }) => `${mode}: ${gate.model.name}`);
}

describe('who may answer', () => {
  it.each<[Mode, string[]]>([
    ['creative', ['creative: qwen', 'balanced: mistral', 'fast: llama']],
    ['balanced', ['balanced: mistral', 'fast: llama']],
    ['fast', ['fast: llama']],
  ])('in %s is its own model, then those of the modes it falls back to', (mode, candidates) => {
    expect(named(build().catalogue, asked(mode))).toEqual(candidates);
  });

  it('is the mode’s own model alone without downshift', () => {
    const { catalogue } = build({ downshift: false });
    expect(named(catalogue, asked('creative'))).toEqual(['creative: qwen']);
  });

  it('is the one model that was asked for, whatever the mode and the variant', () => {
    const { catalogue } = build({ models: { creative: 'mistral' } });
    expect(named(catalogue, asked('creative', { model: 'llama', variant: 'other' }))).toEqual(['creative: llama']);
  });

  it('is the variant’s model where it has one', () => {
    const { catalogue } = build({ models: { balanced: 'qwen' } });
    expect(named(catalogue, asked('balanced', { variant: 'other' }))).toEqual(['balanced: qwen', 'fast: llama']);
    expect(named(catalogue, asked('balanced'))).toEqual(['balanced: mistral', 'fast: llama']);
  });

  it('holds a model once, under the first of its modes', () => {
    const { catalogue } = build({ models: { creative: 'mistral', fast: 'mistral' } });
    expect(named(catalogue, asked('creative', { variant: 'other' }))).toEqual(['creative: mistral']);
  });

  it('is an error for a model that there is not', () => {
    expect(() => build().catalogue.candidates(asked('fast', { model: 'gpt' }))).toThrow('there is no model gpt');
  });
});

describe('the mode now', () => {
  it('is the one asked for while its model can be asked', () => {
    const { catalogue, away } = build();
    away('mistral', 'llama');
    expect(catalogue.modeNow(asked('creative'))).toBe('creative');
  });

  it('is the next one that can be asked while it is away, and its own again afterwards', () => {
    const { catalogue, away } = build();
    away('qwen');
    expect(catalogue.modeNow(asked('creative'))).toBe('balanced');
    away('mistral');
    expect(catalogue.modeNow(asked('creative'))).toBe('fast');
    vi.advanceTimersByTime(60_000);
    expect(catalogue.modeNow(asked('creative'))).toBe('creative');
  });

  it('is another one while a model has asked to wait, for as long as it did', () => {
    const { catalogue, hold } = build();
    hold('qwen', 7);
    expect(catalogue.modeNow(asked('creative'))).toBe('balanced');
    vi.advanceTimersByTime(6_999);
    expect(catalogue.modeNow(asked('creative'))).toBe('balanced');
    vi.advanceTimersByTime(1);
    expect(catalogue.modeNow(asked('creative'))).toBe('creative');
  });

  it('is the one asked for when no model can answer', () => {
    const { catalogue, away } = build();
    away('qwen', 'mistral', 'llama');
    expect(catalogue.modeNow(asked('creative'))).toBe('creative');
  });

  it('is the one asked for with a model of the caller’s choice', () => {
    const { catalogue, away } = build();
    away('qwen');
    expect(catalogue.modeNow(asked('creative', { model: 'qwen' }))).toBe('creative');
  });
});

describe('what is away', () => {
  it('makes a question unanswerable only when none of those who may answer it is left', () => {
    const { catalogue, away } = build();
    away('qwen', 'llama');
    expect(catalogue.answerable(asked('creative'))).toBe(true);
    expect(catalogue.answerable(asked('creative', { model: 'qwen' }))).toBe(false);
    expect(catalogue.answerable(asked('fast'))).toBe(false);
    expect(catalogue.allAway).toBe(false);
    away('mistral');
    expect(catalogue.answerable(asked('creative'))).toBe(false);
    expect(catalogue.allAway).toBe(true);
  });

  it('is back after the shortest wait of those who may answer, in whole seconds', () => {
    const { catalogue, away, hold } = build();
    away('qwen', 'mistral');
    hold('llama', 7);
    expect(catalogue.retryAfterSeconds(asked('creative'))).toBe(7);
    expect(catalogue.retryAfterSeconds(asked('creative', { model: 'qwen' }))).toBe(60);
    vi.advanceTimersByTime(500);
    expect(catalogue.retryAfterSeconds(asked('creative'))).toBe(7);
    vi.advanceTimersByTime(60_000);
    expect(catalogue.retryAfterSeconds(asked('creative'))).toBe(1);
  });
});

it('leaves no timer behind when it is closed', () => {
  const { catalogue, away } = build();
  away('qwen', 'mistral');
  expect(vi.getTimerCount()).toBe(2);
  catalogue.close();
  expect(vi.getTimerCount()).toBe(0);
});
