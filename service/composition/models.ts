import { modes, type Mode } from '../contract/metrics.ts';
import type { Config } from '../contract/config.ts';
import type { ModelTable } from '../contract/models.ts';
import { ModelCatalogue } from '../models/catalogue.ts';
import { ModelGate } from '../models/model-gate.ts';
import { Hold } from '../resilience/hold.ts';
import { ExtractiveModel } from '../upstreams/embedded/extractive-model.ts';
import { HttpPool } from '../upstreams/http-pool.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import { OpenAiModel } from '../upstreams/openai-model.ts';
import { modelBreaker, type BreakerParts } from './breakers.ts';

/** The models that answer, and where they come from. */
export interface ModelSource {
  readonly models: readonly LanguageModel[];
  /** The table with the names of these models. */
  readonly table: ModelTable;
  /** The provider's endpoint; absent for a model in this process. */
  readonly pool: HttpPool | undefined;
}

/** The models of the table behind `LLM_BASE_URL`; without one, a single model in this process for every mode. */
export function modelSource(config: Config, table: ModelTable, embedded?: LanguageModel): ModelSource {
  if (config.LLM_BASE_URL === undefined || embedded) {
    return oneModel(embedded ?? new ExtractiveModel(), table);
  }
  const key = config.LLM_API_KEY ?? config.OPENAI_API_KEY;
  const pool = new HttpPool('llm', config.LLM_BASE_URL, {
    // One for each question that may run, and some for health checks.
    connections: config.ADMISSION_MAX_CONCURRENCY + 4,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  const temperatures = Object.fromEntries(modes.map((mode) => [mode, table.modes[mode].temperature])) as Record<
    Mode,
    number
  >;
  const models = Object.entries(table.models).map(
    ([name, entry]) => new OpenAiModel({ name, entry, temperatures, pool }),
  );
  return { models, table, pool };
}

function oneModel(model: LanguageModel, table: ModelTable): ModelSource {
  const entry = { price_per_1k: model.price, context_tokens: 8192, max_output_tokens: 1024, breaker: {} };
  const inMode = (mode: Mode) => ({ ...table.modes[mode], model: model.name });
  const variants = Object.entries(table.variants).map(([name, variant]) => [name, { ...variant, models: {} }]);
  return {
    models: [model],
    pool: undefined,
    table: {
      ...table,
      models: { [model.name]: entry },
      modes: { creative: inMode('creative'), balanced: inMode('balanced'), fast: inMode('fast') },
      variants: Object.fromEntries(variants) as ModelTable['variants'],
    },
  };
}

/** Puts each model behind its breaker. */
export function createCatalogue({ models, table }: ModelSource, parts: BreakerParts): ModelCatalogue {
  const { config } = parts;
  const gates = models.map((model) => {
    const overrides = table.models[model.name]?.breaker ?? {};
    const slowMs = (overrides.slow_call_secs ?? config.CIRCUIT_BREAKER_SLOW_CALL_SECS) * 1000;
    return [model.name, new ModelGate(model, modelBreaker(model.name, overrides, parts), new Hold(), slowMs)] as const;
  });
  return new ModelCatalogue(new Map(gates), table, config.AUTO_DOWNSHIFT_ENABLED);
}
