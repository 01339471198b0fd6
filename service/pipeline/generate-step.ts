import type { Config } from '../contract/config.ts';
import type { ModelTable } from '../contract/models.ts';
import type { Citation } from '../contract/schemas.ts';
import { CallLimitError, guardJson } from '../guard/json-guard.ts';
import { SchemaValidatorBusyError, type SchemaValidator } from '../guard/schema-validator.ts';
import { attemptWithin } from '../resilience/attempt.ts';
import { sleep } from '../resilience/backoff.ts';
import type { Correction, Prompt } from '../upstreams/language-model.ts';
import type { Passage } from '../upstreams/retriever.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { shortened } from '../shortened.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import { UnavailableError } from './errors.ts';
import { ModelCalls, type Generated, type ModelCallParts } from './model-calls.ts';
import { quotePassages } from './quote-passages.ts';
import type { Answer, Step, WorkContext } from './step.ts';

/** What the generate step works with. */
export interface GenerateStepParts extends ModelCallParts {
  readonly validator: Pick<SchemaValidator, 'validate'>;
  readonly variants: ModelTable['variants'];
  readonly metrics: Metrics;
  readonly config: Pick<
    Config,
    | 'JSON_GUARD_ENABLED'
    | 'JSON_GUARD_MAX_ATTEMPTS'
    | 'JSON_GUARD_BACKOFF_BASE_SECS'
    | 'JSON_GUARD_JITTER_SECS'
    | 'JSON_GUARD_FALLBACK_ENABLED'
  >;
}

/** Longest wait for the validator, in milliseconds; it takes 1 s for one answer at most. */
const maxValidationMs = 10_000;

/** Said to the model in place of passages. */
const documentsAwayNote =
  'The documents cannot be searched at the moment. Say so in your answer, and say that it is given without them.';

/** Characters of a passage that a citation shows at most. */
const maxSnippetLength = 300;

/**
 * Lets a model answer from the passages; with a schema, until the answer is valid. While every model is away it quotes
 * the passages instead, and fails when there is nothing to quote.
 */
export function generateStep(parts: GenerateStepParts): Step<WorkContext> {
  const answerJson = jsonAnswers(parts);
  const generate = async (context: WorkContext, trace: Trace) => {
    const calls = new ModelCalls(parts, context, trace);
    try {
      if (context.question.schema !== undefined) return await answerJson(context, calls, trace);
      const generated = await calls.generate(promptOf(parts, context));
      const whole = generated.finish === 'stop' && generated.text.trim() !== '';
      return answerOf(context, generated, generated.text, whole);
    } catch (error) {
      if (!(error instanceof UpstreamError) || context.text.delivered) throw error;
      const retryAfter = parts.catalogue.retryAfterSeconds(context.question);
      return (await quotePassages(context, cite)) ?? unavailable(error, retryAfter);
    }
  };
  return (context) => context.trace.run('generation', (trace) => generate(context, trace));
}

function unavailable(cause: UpstreamError, retryAfterSeconds: number): never {
  throw new UnavailableError('no model can answer at the moment', retryAfterSeconds, cause);
}

function promptOf({ variants }: GenerateStepParts, context: WorkContext, corrections?: readonly Correction[]) {
  const { question, passages, documentsAway } = context;
  const own = variants[question.variant]?.instructions;
  const instructions = [own, documentsAway ? documentsAwayNote : undefined].filter((text) => text !== undefined);
  const prompt: Omit<Prompt, 'mode'> = {
    question: question.text,
    passages,
    ...(instructions.length === 0 ? {} : { instructions: instructions.join('\n\n') }),
    ...(question.schema === undefined ? {} : { schema: question.schema }),
    ...(corrections === undefined ? {} : { corrections }),
  };
  return prompt;
}

/** Answers to a schema: attempts until one is valid, else the fallback, which each caller fills with its own. */
function jsonAnswers(parts: GenerateStepParts) {
  const { validator, metrics, config } = parts;
  const outcomes = {
    valid: metrics.llm_json_requests_total.labels({ outcome: 'valid' }),
    fallback: metrics.llm_json_requests_total.labels({ outcome: 'fallback' }),
    error: metrics.llm_json_requests_total.labels({ outcome: 'error' }),
  };
  const parseFailures = metrics.llm_json_parse_failures_total.labels({});
  const fallbacks = metrics.llm_json_fallback_used_total.labels({});
  const retries = metrics.llm_json_retry_count.labels({});
  const enabled = config.JSON_GUARD_ENABLED;

  return async (context: WorkContext, calls: ModelCalls, trace: Trace): Promise<Answer> => {
    const { schema } = context.question;
    // No question ends as a renewal does.
    const countOutcome = (outcome: keyof typeof outcomes) => {
      if (context.renewal) return;
      outcomes[outcome].inc();
      if (outcome === 'fallback') fallbacks.inc();
    };
    const generate = async (corrections: readonly Correction[]) =>
      calls.generate(promptOf(parts, context, corrections.length === 0 ? undefined : corrections));
    const validate = (value: unknown) =>
      enabled
        ? attemptWithin(
            context.signal,
            maxValidationMs,
            () => new SchemaValidatorBusyError(),
            () => validator.validate(schema, value),
          )
        : Promise.resolve({ valid: true as const });
    const giveUp = (last: Generated | undefined, cause: unknown): Answer => {
      if (!config.JSON_GUARD_FALLBACK_ENABLED) {
        countOutcome('error');
        throw new UnavailableError('no valid JSON could be had from the model', 1, cause);
      }
      countOutcome('fallback');
      return { ...answerOf(context, last, undefined, false), citations: [], error: true };
    };
    try {
      const result = await guardJson<Generated>(
        {
          attempts: enabled ? config.JSON_GUARD_MAX_ATTEMPTS : 1,
          backoffBaseSecs: config.JSON_GUARD_BACKOFF_BASE_SECS,
          jitterSecs: config.JSON_GUARD_JITTER_SECS,
          onInvalid: () => parseFailures.inc(),
          trace,
        },
        generate,
        validate,
        {
          sleep: (milliseconds) => sleep(milliseconds, context.signal),
          remainingMs: context.remainingMs,
          random: Math.random,
        },
      );
      retries.observe(Math.max(0, result.attempts - 1));
      if (!result.valid) return giveUp(result.last, undefined);
      countOutcome('valid');
      return answerOf(context, result.last, result.value, result.last.finish === 'stop');
    } catch (error) {
      if (error instanceof UpstreamError || error instanceof CallLimitError) return giveUp(undefined, error);
      if (!(error instanceof UnavailableError) && !context.signal.aborted) countOutcome('error');
      throw error;
    }
  };
}

/** The answer that a model gave; without one, what the guard falls back to. */
function answerOf(context: WorkContext, generated: Generated | undefined, answer: unknown, whole: boolean): Answer {
  const { question, passages = [], documentsAway, spent } = context;
  return {
    answer,
    citations: (generated?.used ?? []).flatMap((index) => passages.slice(index, index + 1)).map(cite),
    cached: false,
    model: generated?.model ?? 'none',
    variant: question.variant,
    degradation: documentsAway ? 'cached' : generated ? 'full' : 'retrieval_only',
    tokens: { input: spent.inputTokens, output: spent.outputTokens },
    cost_usd: spent.costUsd,
    complete: whole && !documentsAway && generated?.mode === question.mode,
  };
}

function cite({ id, title, score, text }: Passage): Citation {
  return { id, title, score, snippet: shortened(text, maxSnippetLength) };
}
