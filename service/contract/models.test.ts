import { describe, expect, it } from 'vitest';
import { modes } from './metrics.ts';
import { defaultModelTable, fallbackOrder, modelTableSchema } from './models.ts';

type Part = Record<string, unknown>;

const price_per_1k = { input: 0.001, output: 0.002 };

const valid = {
  models: { big: { price_per_1k }, small: { price_per_1k } },
  modes: {
    creative: { model: 'big', temperature: 1, fallback: 'balanced' },
    balanced: { model: 'big', temperature: 0.5, fallback: 'fast' },
    fast: { model: 'small', temperature: 0, fallback: null },
  },
};

/** The valid table with one part changed. */
function changed({ modes = {}, ...parts }: { modes?: Part; [part: string]: unknown }): Part {
  return { ...valid, ...parts, modes: { ...valid.modes, ...modes } };
}

function model(more: Part): Part {
  return changed({ models: { ...valid.models, big: { price_per_1k, ...more } } });
}

/** Problems of a table, each with its path. */
function problemsOf(table: unknown): string[] {
  const { error } = modelTableSchema.safeParse(table);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('without a file there', () => {
  it('are three models, one for each mode, from the best to the quickest', () => {
    expect(Object.keys(defaultModelTable.models)).toEqual(['qwen', 'mistral', 'llama']);
    expect(modes.map((mode) => defaultModelTable.modes[mode].model)).toEqual(['qwen', 'mistral', 'llama']);
    expect(fallbackOrder(defaultModelTable.modes, 'creative')).toEqual(['creative', 'balanced', 'fast']);
    expect(fallbackOrder(defaultModelTable.modes, 'fast')).toEqual(['fast']);
  });

  it('is the most expensive one given up first: qwen opens at 0.4, the others as configured', () => {
    const { qwen, mistral, llama } = defaultModelTable.models;
    expect([qwen, mistral, llama].map((entry) => entry?.breaker)).toEqual([{ failure_threshold: 0.4 }, {}, {}]);
    const prices = [qwen, mistral, llama].map((entry) => entry?.price_per_1k.output ?? 0);
    expect(prices).toEqual(prices.toSorted((a, b) => b - a));
    expect(prices.every((price) => price > 0)).toBe(true);
  });

  it('are one variant, guard rails and no budgets', () => {
    expect(defaultModelTable).toMatchObject({
      variants: { default: { weight: 1, models: {} } },
      guard_rails: { max_error_ratio: 0.2, min_sample: 50 },
      budgets: {},
    });
  });
});

it('fills in what a file leaves out', () => {
  const table = modelTableSchema.parse(changed({ guard_rails: { max_cost_usd: 0.1 } }));
  expect(table).toEqual({
    ...valid,
    models: {
      big: { price_per_1k, context_tokens: 8192, max_output_tokens: 1024, breaker: {} },
      small: { price_per_1k, context_tokens: 8192, max_output_tokens: 1024, breaker: {} },
    },
    variants: { default: { weight: 1, models: {} } },
    guard_rails: { max_error_ratio: 0.2, max_cost_usd: 0.1, min_sample: 50 },
    budgets: {},
  });
});

describe('refused with its path', () => {
  it('is nothing in a table that is right', () => {
    expect(problemsOf(valid)).toEqual([]);
  });

  it('is a circle of fallbacks, from each mode that is on it or leads into it', () => {
    expect(problemsOf(changed({ modes: { fast: { ...valid.modes.fast, fallback: 'balanced' } } }))).toEqual(
      modes.map((mode) => `modes.${mode}.fallback: leads into a circle`),
    );
  });

  it('is a mode that falls back to itself', () => {
    expect(problemsOf(changed({ modes: { fast: { ...valid.modes.fast, fallback: 'fast' } } }))).toContain(
      'modes.fast.fallback: leads into a circle',
    );
  });

  it.each(['huge', 'constructor', 'toString'])('is a mode’s unknown model %s, with the known ones', (name) => {
    expect(problemsOf(changed({ modes: { fast: { ...valid.modes.fast, model: name } } }))).toEqual([
      `modes.fast.model: there is no model "${name}"; known: big, small`,
    ]);
  });

  it.each(['huge', 'constructor'])('is a variant’s unknown model %s', (name) => {
    expect(problemsOf(changed({ variants: { a: { weight: 1, models: { fast: name } } } }))).toEqual([
      `variants.a.models.fast: there is no model "${name}"; known: big, small`,
    ]);
  });

  it.each([
    ['none at all', {}],
    ['none above 0', { a: { weight: 0 }, b: { weight: 0 } }],
  ])('are variants with %s of the weights', (_what, variants) => {
    expect(problemsOf(changed({ variants }))).toEqual(['variants: one variant at least needs a weight above 0']);
  });

  it.each<[string, Part, string]>([
    ['a weight below 0', changed({ variants: { a: { weight: 1 }, b: { weight: -1 } } }), 'variants.b.weight'],
    ['a weight that is none', changed({ variants: { a: { weight: '1' } } }), 'variants.a.weight'],
    ['a threshold of 50', model({ breaker: { failure_threshold: 50 } }), 'models.big.breaker.failure_threshold'],
    ['a threshold of 0', model({ breaker: { failure_threshold: 0 } }), 'models.big.breaker.failure_threshold'],
    ['a price below 0', model({ price_per_1k: { input: -1, output: 0 } }), 'models.big.price_per_1k.input'],
    ['a price that is missing', changed({ models: { big: {}, small: { price_per_1k } } }), 'models.big.price_per_1k'],
    ['no room for tokens', model({ context_tokens: 0 }), 'models.big.context_tokens'],
    [
      'a temperature of 3',
      changed({ modes: { fast: { ...valid.modes.fast, temperature: 3 } } }),
      'modes.fast.temperature',
    ],
    ['a mode that is missing', { ...valid, modes: {} }, 'modes.creative'],
    [
      'a fallback to no mode',
      changed({ modes: { fast: { ...valid.modes.fast, fallback: 'quick' } } }),
      'modes.fast.fallback',
    ],
    ['a name with a space', changed({ models: { ...valid.models, 'a b': { price_per_1k } } }), 'models.a b'],
    ['a budget below 0', changed({ budgets: { acme: -1 } }), 'budgets.acme'],
    ['a guard rail of 20', changed({ guard_rails: { max_error_ratio: 20 } }), 'guard_rails.max_error_ratio'],
    ['a word that it does not know', changed({ model: {} }), ''],
    ['an unknown word of a model', model({ temperature: 1 }), 'models.big'],
  ])('is %s', (_what, table, path) => {
    const problems = problemsOf(table);
    expect(problems).not.toEqual([]);
    expect(problems.some((problem) => problem.startsWith(`${path}: `))).toBe(true);
  });
});

describe('the order of fallbacks', () => {
  const table = {
    creative: { fallback: null },
    balanced: { fallback: 'creative' },
    fast: { fallback: 'balanced' },
  } as const;

  it('goes the way the table says', () => {
    expect(fallbackOrder(table, 'fast')).toEqual(['fast', 'balanced', 'creative']);
    expect(fallbackOrder(table, 'creative')).toEqual(['creative']);
  });

  it('is none in a circle', () => {
    const circle = { ...table, creative: { fallback: 'fast' } } as const;
    for (const mode of modes) expect(fallbackOrder(circle, mode)).toBeUndefined();
  });
});
