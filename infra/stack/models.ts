import { z } from 'zod';
import { defaultModelTable, modelTableSchema } from '../../service/contract/models.ts';
import { externalConnection } from '../connection.ts';
import { credentialName, external, refuseUnknown, setting } from '../settings.ts';
import { modesSettings, variantsSettings } from './model-modes.ts';

const table = modelTableSchema.shape;
const entry = table.models.valueType.shape;
const price = entry.price_per_1k.shape;
const breaker = entry.breaker.unwrap().shape;
const guardRails = table.guard_rails.unwrap().shape;

const servedModel = z.strictObject({
  provider: setting(
    z.string().regex(/^[a-z0-9_]+\/\S+$/, { error: 'a provider and its model, such as openai/gpt-4o-mini' }),
    'Provider and model, as LiteLLM names them: https://docs.litellm.ai/docs/providers',
    'hosted_vllm/Qwen/Qwen3-32B',
  ),
  apiBase: setting(
    z.url({ protocol: /^https?$/, error: 'a URL that starts with https:// or http://' }).optional(),
    "The provider's endpoint, /v1 included where it has that; its public one unless set.",
    'http://vllm.models:8000/v1',
  ),
  egress: external.egress,
  credential: setting(
    credentialName.optional(),
    "Credential that holds the provider's key. Until it is given, the model answers nothing, and the others take over.",
    'openai',
  ),
  pricePer1k: setting(
    z.strictObject({
      input: setting(price.input, 'US dollars per 1,000 tokens of the prompt.', 0.0004),
      output: setting(price.output, 'US dollars per 1,000 tokens of the answer.', 0.0012),
    }),
    'US dollars per 1,000 tokens.',
    { input: 0.0004, output: 0.0012 },
  ),
  contextTokens: setting(entry.context_tokens, 'Tokens of prompt and answer together.', 32_768),
  maxOutputTokens: setting(entry.max_output_tokens, 'Tokens of an answer, at most.', 1024),
  breaker: setting(
    z
      .strictObject({
        failureThreshold: setting(breaker.failure_threshold, 'Ratio of failures that opens it.', 0.4),
        successThreshold: setting(breaker.success_threshold, 'Successes in a row that close it.', 5),
        timeoutSecs: setting(breaker.timeout_secs, 'How long it stays open.', 60),
        halfOpenRequests: setting(breaker.half_open_requests, 'Most probes in flight at once.', 3),
        slowCallSecs: setting(breaker.slow_call_secs, 'Time to first content that counts as a failure.', 10),
      })
      .prefault({}),
    "What the model's breaker does otherwise than CIRCUIT_BREAKER_* says.",
    { failureThreshold: 0.4 },
  ),
});

/** One credential opens all three, and LiteLLM knows each by this name: https://docs.litellm.ai/docs/providers/deepinfra */
const defaultProviders: Readonly<Record<string, string>> = {
  qwen: 'deepinfra/Qwen/Qwen3-235B-A22B-Instruct-2507',
  mistral: 'deepinfra/mistralai/Mistral-Small-3.2-24B-Instruct-2506',
  llama: 'deepinfra/meta-llama/Meta-Llama-3.1-8B-Instruct',
};

/** What the service has without a file of models, so that a stack and a clone of the repository answer alike. */
const defaultModels = Object.fromEntries(
  Object.entries(defaultProviders).map(([name, provider]) => {
    const known = defaultModelTable.models[name];
    if (known === undefined) throw new Error(`the service has no model ${name}`);
    return [
      name,
      {
        provider,
        credential: 'deepinfra',
        pricePer1k: known.price_per_1k,
        contextTokens: known.context_tokens,
        maxOutputTokens: known.max_output_tokens,
        breaker: { failureThreshold: known.breaker.failure_threshold },
      },
    ];
  }),
);

const shape = z.strictObject({
  served: setting(
    z.record(table.models.keyType, servedModel).prefault(defaultModels),
    'Models by name. LiteLLM serves them under these names, and the service calls them by these.',
    { chat: { provider: 'openai/gpt-4o-mini', credential: 'openai', pricePer1k: { input: 0.00015, output: 0.0006 } } },
  ),
  modes: modesSettings,
  variants: variantsSettings,
  guardRails: setting(
    z
      .strictObject({
        maxErrorRatio: setting(guardRails.max_error_ratio, 'Ratio of failed questions that stops a variant.', 0.2),
        maxCostUsd: setting(
          guardRails.max_cost_usd,
          'Mean cost of a question that stops a variant, in US dollars.',
          0.05,
        ),
        minSample: setting(guardRails.min_sample, 'Questions before a variant is judged.', 50),
      })
      .prefault({}),
    'What stops a variant.',
    { maxErrorRatio: 0.2 },
  ),
  budgets: setting(table.budgets, 'US dollars a day by tenant, in place of TENANT_BUDGET_USD_PER_DAY.', { acme: 25 }),
});

/**
 * Configuration `ballast:models`: the one list of which LiteLLM's `model_list` and the service's `MODELS_FILE` are made. The
 * limits are the service's own, and so are the rules across keys.
 */
export const modelSettings = shape.superRefine((settings, issues) => {
  const parsed = modelTableSchema.safeParse(tableOf(settings));
  for (const { path, message } of parsed.error?.issues ?? []) {
    issues.addIssue({ code: 'custom', path: path.map(settingOf), message, input: settings });
  }
  for (const [name, { apiBase, egress }] of Object.entries(settings.served)) {
    if (apiBase !== undefined) refuseUnknown(() => externalConnection(apiBase, egress), issues, ['served', name]);
  }
});

/** Configuration `ballast:models`, with its defaults. */
export type ModelSettings = z.output<typeof shape>;

/** Text of `MODELS_FILE`. */
export function serviceModelTable(settings: ModelSettings): string {
  return `${JSON.stringify(tableOf(settings), undefined, 2)}\n`;
}

function tableOf({ served, modes, variants, guardRails, budgets }: ModelSettings): z.input<typeof modelTableSchema> {
  return {
    models: Object.fromEntries(Object.entries(served).map(([name, model]) => [name, entryOf(model)])),
    modes,
    variants,
    guard_rails: {
      max_error_ratio: guardRails.maxErrorRatio,
      max_cost_usd: guardRails.maxCostUsd,
      min_sample: guardRails.minSample,
    },
    budgets,
  };
}

/** The service asks LiteLLM for a model by its own name: there is no `provider_model`. */
function entryOf(model: ModelSettings['served'][string]): z.input<typeof table.models.valueType> {
  return {
    price_per_1k: model.pricePer1k,
    context_tokens: model.contextTokens,
    max_output_tokens: model.maxOutputTokens,
    breaker: {
      failure_threshold: model.breaker.failureThreshold,
      success_threshold: model.breaker.successThreshold,
      timeout_secs: model.breaker.timeoutSecs,
      half_open_requests: model.breaker.halfOpenRequests,
      slow_call_secs: model.breaker.slowCallSecs,
    },
  };
}

/** The key of the configuration for one step of a path in the service's table; names that users chose stay as they are. */
function settingOf(step: PropertyKey, index: number): PropertyKey {
  if (index === 0 && step === 'models') return 'served';
  return index === 2 && step === 'max_output_tokens' ? 'maxOutputTokens' : step;
}
