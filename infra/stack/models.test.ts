import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultModelTable, modelTableSchema } from '../../service/contract/models.ts';
import { configurationText, litellmConfiguration } from './litellm/configuration.ts';
import { modelSettings, serviceModelTable } from './models.ts';

const price = { input: 0.1, output: 0.2 };
const chat = { provider: 'openai/gpt-4o-mini', pricePer1k: price };
const mode = (model: string, fallback: string | null = null) => ({ model, temperature: 0.5, fallback });
const modesOf = (model: string) => ({ creative: mode(model), balanced: mode(model), fast: mode(model) });

const tableOf = (settings: object) =>
  modelTableSchema.parse(JSON.parse(serviceModelTable(modelSettings.parse(settings))));

const problems = (settings: object) =>
  modelSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the list of models', () => {
  it('is, unless it is set, what the service has without a file', () => {
    expect(tableOf({})).toEqual(defaultModelTable);
  });

  it('says everything to the service in the service’s words', () => {
    const table = tableOf({
      served: {
        chat: {
          ...chat,
          apiBase: 'https://llm.example.com/v1',
          credential: 'openai',
          contextTokens: 100_000,
          maxOutputTokens: 2000,
          breaker: {
            failureThreshold: 0.1,
            successThreshold: 2,
            timeoutSecs: 3,
            halfOpenRequests: 4,
            slowCallSecs: 5,
          },
        },
      },
      modes: modesOf('chat'),
      variants: { a: { weight: 1, instructions: 'Be brief.' }, b: { weight: 2, models: { fast: 'chat' } } },
      guardRails: { maxErrorRatio: 0.5, maxCostUsd: 0.01, minSample: 7 },
      budgets: { acme: 25 },
    });
    expect(table).toEqual({
      models: {
        chat: {
          price_per_1k: price,
          context_tokens: 100_000,
          max_output_tokens: 2000,
          breaker: {
            failure_threshold: 0.1,
            success_threshold: 2,
            timeout_secs: 3,
            half_open_requests: 4,
            slow_call_secs: 5,
          },
        },
      },
      modes: modesOf('chat'),
      variants: { a: { weight: 1, instructions: 'Be brief.', models: {} }, b: { weight: 2, models: { fast: 'chat' } } },
      guard_rails: { max_error_ratio: 0.5, max_cost_usd: 0.01, min_sample: 7 },
      budgets: { acme: 25 },
    });
  });

  it.each([
    [{ served: { chat } }, /^modes\.creative\.model: there is no model "qwen"; known: chat$/],
    [{ served: { all: chat }, modes: modesOf('all') }, /^served\.all: this name has a meaning of its own/],
    [
      { served: { chat: { ...chat, contextTokens: 500, maxOutputTokens: 500 } }, modes: modesOf('chat') },
      /^served\.chat\.maxOutputTokens: must leave room for the prompt/,
    ],
    [
      { served: { chat }, modes: { ...modesOf('chat'), fast: mode('chat', 'fast') } },
      /^modes\.fast\.fallback: leads into a circle$/,
    ],
    [{ variants: { a: { weight: 0 } } }, /^variants: one variant at least needs a weight above 0$/],
    [{ served: { chat: { ...chat, provider: 'gpt' } } }, /^served\.chat\.provider: a provider and its model/],
    [{ served: { chat: { ...chat, breaker: { failureThreshold: 5 } } } }, /^served\.chat\.breaker\.failureThreshold: /],
    [
      { served: { chat: { ...chat, apiBase: 'http://llm.example.com/v1' } }, modes: modesOf('chat') },
      /^served\.chat\.egress: http:\/\/llm\.example\.com\/v1: say in "egress"/,
    ],
  ])('is refused with the key of the configuration: %j', (settings, message) => {
    expect(problems(settings)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  // Among them are those that mean something else in YAML 1.1, as LiteLLM reads it.
  const names = fc.oneof(
    fc.constantFrom('on', 'No', 'y', 'true', '1e3', '1_000', '0x1f', '12', '2026-11-20', 'a.b', 'x/y', '1.5', 'null'),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,20}$/),
  );
  const reserved = (name: string) => modelTableSchema.shape.models.keyType.safeParse(name).success;

  it('names the same models to the service and to LiteLLM, whatever they are called', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names.filter(reserved), { minLength: 1, maxLength: 5 }), (all) => {
        const served = Object.fromEntries(all.map((name) => [name, { ...chat, credential: 'openai' }]));
        const settings = modelSettings.safeParse({ served, modes: modesOf(all[0] ?? '') });
        fc.pre(settings.success);
        const table = JSON.parse(serviceModelTable(settings.data)) as { models: object };
        const models = settings.data;
        const configuration = litellmConfiguration({ models, credentials: ['openai'], longestSeconds: 300 });
        const read = parse(configurationText(configuration), { version: '1.1' }) as typeof configuration;
        expect(read).toEqual(configuration);
        expect(read.model_list.map(({ model_name }) => model_name)).toEqual(Object.keys(table.models));
      }),
    );
  });
});
