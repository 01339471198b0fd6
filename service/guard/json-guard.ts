import { milliseconds } from '../milliseconds.ts';
import { shortened } from '../shortened.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Correction } from '../upstreams/language-model.ts';
import { parseJsonAnswer } from './json-text.ts';
import type { Validation } from './schema-validator.ts';

/** No more model calls are allowed for this request: retries, guard attempts and modes share one limit. */
export class CallLimitError extends Error {
  override readonly name = 'CallLimitError';

  constructor(limit: number) {
    super(`all ${limit} model calls of this request are used`);
  }
}

/** How often and when an answer is asked for again. */
export interface GuardOptions {
  /** Calls at most, 1 or more. */
  readonly attempts: number;
  /** Pause before the second attempt, in seconds; it doubles with each. */
  readonly backoffBaseSecs: number;
  /** Up to this much is added to each pause, in seconds. */
  readonly jitterSecs: number;
  /** Is told of each answer that is not valid. */
  readonly onInvalid: () => void;
  /** Where each look at an answer is noted. */
  readonly trace: Trace;
}

/** Time and chance, as {@link guardJson} sees them. */
export interface GuardClock {
  /** Rejects when the request is given up; that error passes through. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** What is left of the request's time. */
  readonly remainingMs: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
}

/** How the attempts ended. */
export type GuardResult<T> =
  | { readonly valid: true; readonly value: unknown; readonly attempts: number; readonly last: T }
  /** `last` is the last answer; `undefined` when not even the first call was allowed. */
  | { readonly valid: false; readonly attempts: number; readonly last: T | undefined };

/** Characters of an answer that are shown to the model again. */
const maxCorrectionLength = 4_000;

/**
 * Asks for an answer until it is valid JSON by a schema. Gives up after the last attempt, when a pause would pass the
 * deadline, and when no more calls are allowed. Other errors of `generate`, and those of `validate`, pass through.
 *
 * @param generate makes one call, given the earlier answers and what was wrong with them, oldest first; throws
 *   {@link CallLimitError} when no more are allowed.
 */
export async function guardJson<T extends { readonly text: string }>(
  options: GuardOptions,
  generate: (corrections: readonly Correction[]) => Promise<T>,
  validate: (value: unknown) => Promise<Validation>,
  clock: GuardClock,
): Promise<GuardResult<T>> {
  const corrections: Correction[] = [];
  let last: T | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      last = await generate([...corrections]);
    } catch (error) {
      if (error instanceof CallLimitError) return { valid: false, attempts: attempt - 1, last };
      throw error;
    }
    const { text } = last;
    const verdict = await options.trace.run('guard', async (trace) => {
      trace.note(() => ({ 'ballast.guard.attempt': attempt }));
      const judged = await judge(text, validate);
      trace.note(() => ({ 'ballast.guard.valid': judged.valid }));
      return judged;
    });
    if (verdict.valid) return { valid: true, value: verdict.value, attempts: attempt, last };
    options.onInvalid();
    if (attempt >= options.attempts) return { valid: false, attempts: attempt, last };
    corrections.push({ answer: shortened(last.text, maxCorrectionLength), errors: verdict.errors });
    const pause = milliseconds(options.backoffBaseSecs * 2 ** (attempt - 1) + clock.random() * options.jitterSecs);
    if (pause >= clock.remainingMs()) return { valid: false, attempts: attempt, last };
    await clock.sleep(pause);
  }
}

async function judge(
  text: string,
  validate: (value: unknown) => Promise<Validation>,
): Promise<{ readonly valid: true; readonly value: unknown } | Extract<Validation, { valid: false }>> {
  const parsed = parseJsonAnswer(text);
  if ('error' in parsed) return { valid: false, errors: parsed.error };
  const verdict = await validate(parsed.value);
  return verdict.valid ? { valid: true, value: parsed.value } : verdict;
}
