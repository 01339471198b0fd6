import { z } from 'zod';
import { dependencies } from './dependencies.ts';
import { modes, type Mode } from './metrics.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, {
  error: 'must be 1 to 64 of A-Z, a-z, 0-9, ., _, / and -, and start with a letter or digit',
});

const ratio = z.number().gt(0).max(1, { error: 'must be a ratio above 0, at most 1' });

/** What one model's breaker does otherwise than `CIRCUIT_BREAKER_*` says. */
const breakerOverrides = z.strictObject({
  failure_threshold: ratio.optional().describe('Ratio of failures that opens it'),
  success_threshold: z.int().min(1).max(1000).optional().describe('Successes in a row that close it'),
  timeout_secs: z.number().min(0.01).max(3600).optional().describe('How long it stays open'),
  half_open_requests: z.int().min(1).max(1000).optional().describe('Most probes in flight at once'),
  slow_call_secs: z.number().min(0.01).max(600).optional().describe('Time to first content that counts as a failure'),
});

const modelEntry = z
  .strictObject({
    provider_model: z.string().min(1).max(256).optional().describe('Name at the provider; the own name when absent'),
    price_per_1k: z
      .strictObject({ input: z.number().min(0), output: z.number().min(0) })
      .describe('US dollars per 1,000 tokens'),
    context_tokens: z.int().min(256).max(10_000_000).default(8192).describe('Tokens of prompt and answer together'),
    max_output_tokens: z.int().min(1).max(1_000_000).default(1024).describe('Tokens of an answer, at most'),
    breaker: breakerOverrides.default({}),
  })
  .refine((entry) => entry.max_output_tokens < entry.context_tokens, {
    path: ['max_output_tokens'],
    error: 'must leave room for the prompt: below context_tokens',
  });

const modeEntry = z.strictObject({
  model: name,
  temperature: z.number().min(0).max(2),
  fallback: z.enum(modes).nullable().describe('The mode that takes over while the model is away'),
});

const variantEntry = z.strictObject({
  weight: z.number().min(0).max(1_000_000),
  instructions: z.string().min(1).max(8_000).optional().describe('Put before the instructions of every prompt'),
  models: z.partialRecord(z.enum(modes), name).default({}).describe('Models in place of those of the modes'),
});

const guardRails = z.strictObject({
  max_error_ratio: ratio.default(0.2).describe('Ratio of failed questions that stops a variant'),
  max_cost_usd: z.number().gt(0).optional().describe('Mean cost of a question that stops a variant, in US dollars'),
  min_sample: z.int().min(1).max(1_000_000).default(50).describe('Questions before a variant is judged'),
});

/** `GET /health/llm?model=all` means every model, and breakers of dependencies are told from those of models by name. */
const reserved: readonly string[] = ['all', 'none', ...Object.keys(dependencies)];

/** Shape of `MODELS_FILE`. */
export const modelTableSchema = z
  .strictObject({
    models: z.record(name, modelEntry),
    modes: z.strictObject({ creative: modeEntry, balanced: modeEntry, fast: modeEntry }),
    variants: z.record(name, variantEntry).default({ default: { weight: 1, models: {} } }),
    guard_rails: guardRails.default({ max_error_ratio: 0.2, min_sample: 50 }),
    budgets: z
      .record(z.string(), z.number().min(0))
      .default({})
      .describe('US dollars a day by tenant, in place of TENANT_BUDGET_USD_PER_DAY'),
  })
  .superRefine((table, issues) => {
    for (const model of Object.keys(table.models).filter((known) => reserved.includes(known))) {
      const message = `this name has a meaning of its own; reserved: ${reserved.join(', ')}`;
      issues.addIssue({ code: 'custom', path: ['models', model], message });
    }
    const unknown = (path: (string | number)[], model: string) => {
      const known = Object.keys(table.models).join(', ');
      issues.addIssue({ code: 'custom', path, message: `there is no model ${JSON.stringify(model)}; known: ${known}` });
    };
    for (const mode of modes) {
      const { model } = table.modes[mode];
      if (!Object.hasOwn(table.models, model)) unknown(['modes', mode, 'model'], model);
      if (fallbackOrder(table.modes, mode) === undefined) {
        issues.addIssue({ code: 'custom', path: ['modes', mode, 'fallback'], message: 'leads into a circle' });
      }
    }
    for (const [variant, { models }] of Object.entries(table.variants)) {
      for (const [mode, model] of Object.entries(models)) {
        if (!Object.hasOwn(table.models, model)) unknown(['variants', variant, 'models', mode], model);
      }
    }
    if (!Object.values(table.variants).some(({ weight }) => weight > 0)) {
      issues.addIssue({ code: 'custom', path: ['variants'], message: 'one variant at least needs a weight above 0' });
    }
  });

/** Models, modes, variants and budgets: the typed form of `MODELS_FILE`. */
export type ModelTable = z.output<typeof modelTableSchema>;

/** One model of the table. */
export type ModelEntry = z.output<typeof modelEntry>;

/** The mode and those it falls back to, in order; `undefined` when they go round in a circle. */
export function fallbackOrder(
  table: Readonly<Record<Mode, { readonly fallback: Mode | null }>>,
  mode: Mode,
): readonly Mode[] | undefined {
  const order: Mode[] = [mode];
  for (let next = table[mode].fallback; next !== null; next = table[next].fallback) {
    if (order.includes(next)) return undefined;
    order.push(next);
  }
  return order;
}

/**
 * The table without a `MODELS_FILE`: three open models behind LiteLLM, from the best to the quickest. Prices are those of
 * common hosted offers and meant to be set to one's own. qwen, the most expensive, is given up first.
 */
export const defaultModelTable: ModelTable = modelTableSchema.parse({
  models: {
    qwen: { price_per_1k: { input: 0.0004, output: 0.0012 }, breaker: { failure_threshold: 0.4 } },
    mistral: { price_per_1k: { input: 0.0002, output: 0.0006 } },
    llama: { price_per_1k: { input: 0.00005, output: 0.00008 } },
  },
  modes: {
    creative: { model: 'qwen', temperature: 0.9, fallback: 'balanced' },
    balanced: { model: 'mistral', temperature: 0.3, fallback: 'fast' },
    fast: { model: 'llama', temperature: 0, fallback: null },
  },
});
