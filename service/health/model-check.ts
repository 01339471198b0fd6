import type { ModelGate } from '../models/model-gate.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Passage } from '../upstreams/retriever.ts';
import { BackgroundCheck, type CheckResult } from './background-check.ts';

const testPassage: Passage = { id: 'health', title: 'Health check', text: 'The service is healthy.', score: 1 };

/** What a model is tested with. The limit is small, but leaves room for one that thinks aloud before it answers. */
export const testPrompt = {
  question: 'Is the service healthy?',
  passages: [testPassage],
  mode: 'fast',
  maxOutputTokens: 64,
} as const;

/** What a {@link ModelCheck} counts with. */
type CheckMetrics = Pick<Metrics, 'llm_health_check_duration_seconds' | 'llm_health_check_failures_total'>;

/**
 * A test inference: one sentence that the model must turn into an answer. It costs money, so while there is traffic the
 * last real call says how the model is.
 */
export class ModelCheck {
  readonly #gate: ModelGate;
  readonly #check: BackgroundCheck;

  /**
   * @param onResult is called after each check, whether it tested the model or not.
   * @param intervalMs see {@link BackgroundCheck}.
   */
  constructor(gate: ModelGate, metrics: CheckMetrics, onResult: () => void, intervalMs?: number) {
    this.#gate = gate;
    const { model } = gate;
    const duration = metrics.llm_health_check_duration_seconds.labels({ model: model.name });
    const failures = metrics.llm_health_check_failures_total.labels({ model: model.name });
    this.#check = new BackgroundCheck({
      run: async (signal) => {
        if (!gate.wantsTest) return;
        const end = duration.startTimer();
        try {
          await gate.probe(async () => {
            const { text } = await model.generate({ ...testPrompt, signal });
            if (text.trim() === '') throw new Error('the test inference gave no answer');
          });
        } catch (error) {
          failures.inc();
          throw error;
        } finally {
          end();
        }
      },
      onResult,
      ...(intervalMs === undefined ? {} : { intervalMs }),
    });
  }

  /**
   * How the model is, by the newest of its tests and real calls; `undefined` before the first check. Unhealthy while its
   * breaker is open.
   */
  get result(): CheckResult | undefined {
    const result = this.#newest();
    if (!result || this.#gate.breaker.state !== 'open') return result;
    return { ...result, healthy: false, reason: result.reason ?? 'its breaker is open' };
  }

  /** Checks once, then in the background. Resolves after the first check. */
  start(): Promise<void> {
    return this.#check.start();
  }

  stop(): void {
    this.#check.stop();
  }

  #newest(): CheckResult | undefined {
    const checked = this.#check.result;
    const { lastCall, lastSuccessAt } = this.#gate;
    if (!checked || !lastCall) return checked;
    const { latencyMs, failed } = lastCall;
    const at = dateOf(lastCall.at);
    const lastSuccess = lastSuccessAt === undefined ? undefined : dateOf(lastSuccessAt);
    // A check that found nothing wrong has found what the last call or test says, and may have asked nothing itself.
    if (!checked.healthy && checked.at >= at) return { ...checked, lastSuccess };
    return {
      healthy: failed === undefined,
      ...(failed === undefined ? {} : { reason: failed }),
      latencyMs,
      at,
      lastSuccess,
    };
  }
}

/** The date of a moment by `performance.now()`. */
function dateOf(moment: number): Date {
  return new Date(Date.now() - (performance.now() - moment));
}
