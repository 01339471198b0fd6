import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Mode } from '../contract/metrics.ts';
import { CallLimitError } from '../guard/json-guard.ts';
import { pauseMs, sleep } from '../resilience/backoff.ts';
import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import { isRetryable, mayAskAnother } from '../resilience/failure.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Generation, Prompt } from '../upstreams/language-model.ts';
import type { WorkContext } from './step.ts';
import type { Candidate, ModelCatalogue } from '../models/catalogue.ts';
import { callModel } from '../models/model-call.ts';
import type { ModelPermit } from '../models/model-gate.ts';
import type { UsageRecorder } from '../models/usage-recorder.ts';

/** What a model wrote, and which one in which mode. */
export interface Generated extends Generation {
  readonly model: string;
  readonly mode: Mode;
}

/** What calls are made with. */
export interface ModelCallParts {
  readonly catalogue: ModelCatalogue;
  readonly recorders: ReadonlyMap<string, UsageRecorder>;
  readonly retryBudget: RetryBudget;
  readonly metrics: Pick<Metrics, 'llm_mode_downshift_total' | 'llm_retries_refused_total'>;
  readonly log: Logger;
}

/** Model calls of one request at most, over retries, guard attempts and modes. */
export const maxCalls = 3;

/** After the end of those who wait, in milliseconds; so that theirs always comes first. */
const graceMs = 1_000;

/** Failures on one model after which the next one is asked. */
const failuresBeforeNext = 2;

/** All model calls of one question: they share one limit, so that retries never multiply across layers. */
export class ModelCalls {
  readonly #parts: ModelCallParts;
  readonly #context: WorkContext;
  readonly #trace: Trace;
  #made = 0;
  /** The candidate that answered last: a further prompt goes to it, not to one that has failed before. */
  #first = 0;

  /** @param trace of the step that makes them. */
  constructor(parts: ModelCallParts, context: WorkContext, trace: Trace) {
    this.#parts = parts;
    this.#context = context;
    this.#trace = trace;
  }

  /**
   * Asks the first model that can be asked; after a failure the same once more, then the next. One that is silent, or
   * asks to wait, is not asked again while there is another.
   *
   * @throws {UpstreamError} the last failure, when no further call is allowed or promising.
   * @throws {CallLimitError} when the question has had all its calls before.
   */
  async generate(prompt: Omit<Prompt, 'mode'>): Promise<Generated> {
    const { catalogue } = this.#parts;
    const { question, signal, text, remainingMs } = this.#context;
    const candidates = catalogue.candidates(question);
    let index = this.#first;
    let failures = 0;
    let last: UpstreamError | undefined;
    for (;;) {
      const next = this.#acquire(candidates, index);
      if (!next) throw last ?? new BreakerOpenError('llm', catalogue.retryAfterSeconds(question) * 1000);
      if (next.index !== index) failures = 0;
      index = next.index;
      try {
        await this.#allow(last);
      } catch (error) {
        next.permit.unused();
        throw error;
      }
      const others = candidates.slice(index + 1).some(({ gate }) => gate.available);
      try {
        const generated = await this.#call(next.candidate, next.permit, prompt, others);
        if (index !== this.#first) this.#noteDownshift(next.candidate);
        this.#first = index;
        return generated;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof UpstreamError)) throw error;
        if (text.delivered || !mayAskAnother(error)) throw error;
        text.reset();
        last = error;
      }
      failures += 1;
      if (this.#made >= maxCalls) throw last;
      const { gate } = next.candidate;
      const another = candidates.slice(index + 1).some((candidate) => candidate.gate.available);
      const preferred = !another || (!isOverload(last) && failures < failuresBeforeNext);
      const again = preferred && isRetryable(last) && gate.breaker.state !== 'open';
      // Also the wait that the model asked others for.
      const waitSeconds = Math.max(last.retryAfterSeconds ?? 0, gate.retryAfterMs / 1000);
      const pause = again ? pauseMs(failures, waitSeconds, remainingMs()) : undefined;
      if (pause !== undefined) {
        await sleep(pause, signal);
      } else if (another) {
        index += 1;
        failures = 0;
      } else {
        throw last;
      }
    }
  }

  /** The first model from `index` on that lets a call through. */
  #acquire(candidates: readonly Candidate[], from: number) {
    for (let index = from; index < candidates.length; index += 1) {
      const candidate = candidates[index];
      const permit = candidate?.gate.tryAcquire();
      if (candidate && permit) return { index, candidate, permit };
    }
    return undefined;
  }

  /** Whether one more call may be made: by the request's own limit, the retry budget and the tenant's money. */
  async #allow(last: UpstreamError | undefined): Promise<void> {
    const { retryBudget, metrics } = this.#parts;
    if (this.#made >= maxCalls) throw new CallLimitError(maxCalls);
    if (last && !retryBudget.tryTake()) {
      metrics.llm_retries_refused_total.labels({}).inc();
      throw last;
    }
    if (this.#made > 0) await this.#context.reserveMore();
    // A call that nobody waits for any more is not made.
    this.#context.signal.throwIfAborted();
    if (this.#made === 0) retryBudget.called();
    this.#made += 1;
  }

  /** @param others whether there are further models to ask after this one. */
  async #call(
    candidate: Candidate,
    permit: ModelPermit,
    prompt: Omit<Prompt, 'mode'>,
    others: boolean,
  ): Promise<Generated> {
    const { recorders } = this.#parts;
    const { question, signal, text, spent, waits, remainingMs, shortened } = this.#context;
    const { name } = candidate.gate.model;
    const recorder = recorders.get(name);
    if (!recorder) throw new Error(`model ${name} has no recorder`);
    // A silent model may not eat the time of those after it. The last one may have all that is left: its end is that of
    // those who wait, who are told of their deadline.
    const firstContentMs = this.#made < maxCalls && others ? remainingMs() / 3 : remainingMs() + graceMs;
    const begin = performance.now();
    let firstContentAt: number | undefined;
    try {
      const generation = await callModel(
        {
          candidate,
          permit,
          prompt,
          tenant: question.tenant,
          variant: question.variant,
          trace: this.#trace,
          signal,
          remainingMs,
          firstContentMs,
          shortened: shortened(),
          onText: (piece) => {
            firstContentAt ??= performance.now();
            text.push(piece);
          },
          onUsed: (inputTokens, outputTokens, costUsd) => {
            spent.inputTokens += inputTokens;
            spent.outputTokens += outputTokens;
            spent.costUsd += costUsd;
          },
        },
        recorder,
      );
      firstContentAt ??= performance.now();
      return { ...generation, model: name, mode: candidate.mode };
    } catch (error) {
      // A caller who gives a model too little time may not make it seem overloaded.
      const ours = error instanceof UpstreamError && !(error.fault === 'timeout' && shortened());
      if (ours && isOverload(error)) this.#context.overloaded = true;
      throw error;
    } finally {
      const milliseconds = (firstContentAt ?? performance.now()) - begin;
      waits.push({ model: name, milliseconds, givenMs: firstContentMs, inVain: firstContentAt === undefined });
    }
  }

  #noteDownshift({ mode: to, gate }: Candidate): void {
    const { metrics, log } = this.#parts;
    const { mode: from } = this.#context.question;
    metrics.llm_mode_downshift_total.labels({ from, to }).inc();
    log.warn({ from, to, model: gate.model.name }, 'downshift: another model answered');
  }
}

/** Whether a failure says that the model has more to do than it can. */
function isOverload({ fault, status }: UpstreamError): boolean {
  return fault === 'timeout' || fault === 'rate_limited' || status === 503;
}
