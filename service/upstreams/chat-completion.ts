import { z } from 'zod';
import { faultOfErrorObject } from './http-failure.ts';
import type { FinishReason } from './language-model.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

/** Characters of an answer at most. */
const maxCharacters = 1_048_576;

const message = z.object({ content: z.string().nullish() });

/** A completion, or a chunk of one: as much of OpenAI's shape as is used. Unknown members are left out. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        index: z.int().nonnegative().nullish(),
        /** In a chunk. */
        delta: message.nullish(),
        /** In a whole completion. */
        message: message.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** No answer has a billion tokens: a larger number is none. */
const tokens = z.int().nonnegative().max(1_000_000_000);
const usageSchema = z.object({ prompt_tokens: tokens, completion_tokens: tokens });

/** Tokens as the provider counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Puts an answer together from one completion, or from its chunks. */
export class ChatCompletion {
  readonly #upstream: string;
  readonly #onText: ((text: string) => void) | undefined;
  #text = '';
  #finish: FinishReason | undefined;
  #usage: Usage | undefined;
  #hasChoices = false;

  /** @param onText is given each piece of the text, none of them empty. */
  constructor(upstream: string, onText: ((text: string) => void) | undefined) {
    this.#upstream = upstream;
    this.#onText = onText;
  }

  get text(): string {
    return this.#text;
  }

  /** Why the model stopped, once it has said so. */
  get finish(): FinishReason | undefined {
    return this.#finish;
  }

  /** As the provider counted, when it did and the numbers can be. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /**
   * Takes a completion or a chunk.
   *
   * @throws {UpstreamError} `malformed` when it is not JSON of this shape, is an error, or is too long; `rate_limited` and
   * `quota` when it is an error that says so.
   */
  take(json: string): void {
    const parsed = completionSchema.safeParse(parse(json));
    if (!parsed.success) throw this.malformed('sent a completion of another shape');
    const { choices, usage, error } = parsed.data;
    if (error !== undefined && error !== null) {
      throw new UpstreamError(this.#upstream, faultOfErrorObject(error) ?? 'malformed', 'sent an error in its answer');
    }
    this.#usage = usageFrom(usage) ?? this.#usage;
    for (const choice of choices ?? []) {
      this.#hasChoices = true;
      // One answer is asked for; should there be more, the first is it.
      if ((choice.index ?? 0) !== 0) continue;
      this.#append((choice.delta ?? choice.message)?.content ?? '');
      if (choice.finish_reason) this.#finish = finishFrom(choice.finish_reason);
    }
  }

  /** @throws {UpstreamError} `malformed` when there is nothing in it, and the model says that it is all. */
  check(): void {
    if (!this.#hasChoices) throw this.malformed('sent no choice');
    const cutShort = this.#finish === 'length' || this.#finish === 'content_filter';
    if (!cutShort && this.#text.trim() === '') throw this.malformed('answered with nothing');
  }

  /** The error for what is no answer. */
  malformed(what: string): UpstreamError {
    return new UpstreamError(this.#upstream, 'malformed', what);
  }

  #append(text: string): void {
    if (text === '') return;
    if (this.#text.length + text.length > maxCharacters) {
      throw this.malformed(`sent more than ${maxCharacters} characters`);
    }
    this.#text += text;
    this.#onText?.(text);
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function finishFrom(reason: string): FinishReason {
  return reason === 'stop' || reason === 'length' || reason === 'content_filter' ? reason : 'other';
}

function usageFrom(usage: unknown): Usage | undefined {
  const parsed = usageSchema.safeParse(usage);
  if (!parsed.success) return undefined;
  return { inputTokens: parsed.data.prompt_tokens, outputTokens: parsed.data.completion_tokens };
}
