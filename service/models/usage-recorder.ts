import { modes, type Mode } from '../contract/metrics.ts';
import type { CostLedger } from '../telemetry/costs.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import { costOf, type Generation, type LanguageModel } from '../upstreams/language-model.ts';

/** Tokens that one call used. */
export type TokensUsed = Pick<Generation, 'inputTokens' | 'outputTokens'>;

/** Counts calls, tokens and cost of one model in metrics and on `/costs`. Series are bound once. */
export class UsageRecorder {
  readonly #model: LanguageModel;
  readonly #ledger: CostLedger;
  readonly #variants;
  readonly #calls;
  readonly #failures;
  readonly #duration;

  constructor(model: LanguageModel, variants: readonly string[], ledger: CostLedger, metrics: Metrics) {
    const { name } = model;
    this.#model = model;
    this.#ledger = ledger;
    this.#failures = metrics.llm_request_failures_total.labels({ model: name });
    this.#duration = metrics.llm_request_duration_seconds.labels({ model: name });
    this.#calls = new Map(
      modes.map((mode) => [
        mode,
        {
          success: metrics.llm_requests_total.labels({ model: name, mode, outcome: 'success' }),
          failure: metrics.llm_requests_total.labels({ model: name, mode, outcome: 'failure' }),
        },
      ]),
    );
    this.#variants = new Map(
      variants.map((variant) => [
        variant,
        {
          input: metrics.llm_tokens_total.labels({ model: name, type: 'input', variant }),
          output: metrics.llm_tokens_total.labels({ model: name, type: 'output', variant }),
          cost: metrics.llm_cost_usd_total.labels({ model: name, variant }),
        },
      ]),
    );
  }

  /** Notes that a call ended. @param trace of the call. */
  ended(mode: Mode, outcome: 'success' | 'failure', seconds: number, trace: Trace): void {
    this.#calls.get(mode)?.[outcome].inc();
    if (outcome === 'failure') this.#failures.inc();
    this.#duration.observe(seconds, trace);
  }

  /** Notes what a call used. Returns its cost in US dollars. */
  used(tenant: string, variant: string, tokens: TokensUsed): number {
    const costUsd = costOf(this.#model, tokens);
    const series = this.#variants.get(variant);
    series?.input.inc(tokens.inputTokens);
    series?.output.inc(tokens.outputTokens);
    series?.cost.inc(costUsd);
    this.#ledger.record({ tenant, model: this.#model.name, variant, ...tokens, costUsd });
    return costUsd;
  }
}
