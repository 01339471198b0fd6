import type { Mode } from '../contract/metrics.ts';
import type { ModelEntry } from '../contract/models.ts';
import { ChatCompletion } from './chat-completion.ts';
import { readStream } from './chat-stream.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpPool } from './http-pool.ts';
import type { GenerateRequest, Generation, LanguageModel, Prompt, PromptSize, RemoteModel } from './language-model.ts';
import { chatFrom, type Chat } from './prompt.ts';
import { countTokens } from './token-count.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

/** Bytes of an answer that is not a stream, at most: escaped, a character takes up to 6. */
const maxBodyBytes = 8_388_608;

/** What makes a model behind an OpenAI-compatible endpoint. */
export interface OpenAiModelOptions {
  /** Its name in answers, metrics and costs. */
  readonly name: string;
  readonly entry: ModelEntry;
  readonly temperatures: Readonly<Record<Mode, number>>;
  /** Of the endpoint, `/v1` included; models may share one. */
  readonly pool: HttpPool;
  /** Milliseconds without data that end a stream that has begun. 30 s when absent. */
  readonly idleMs?: number;
}

/** A model behind an endpoint that speaks OpenAI's chat completions: LiteLLM, vLLM or OpenAI. */
export class OpenAiModel implements LanguageModel {
  readonly name: string;
  readonly price: LanguageModel['price'];
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly remote: RemoteModel;
  readonly #options: OpenAiModelOptions;

  constructor(options: OpenAiModelOptions) {
    const { name, entry, temperatures, pool } = options;
    this.name = name;
    this.price = entry.price_per_1k;
    this.contextTokens = entry.context_tokens;
    this.maxOutputTokens = entry.max_output_tokens;
    this.remote = { model: entry.provider_model ?? name, address: pool.address, port: pool.port, temperatures };
    this.#options = options;
  }

  sizeOf(prompt: Prompt): PromptSize {
    return this.#chat(prompt).size;
  }

  countTokens(text: string): number {
    return countTokens(text);
  }

  async generate({
    signal,
    onText,
    maxOutputTokens = this.maxOutputTokens,
    trace,
    ...prompt
  }: GenerateRequest): Promise<Generation> {
    const { pool, idleMs = 30_000 } = this.#options;
    const chat = this.#chat(prompt);
    const answer = await pool.postJson(
      '/chat/completions',
      {
        model: this.remote.model,
        messages: chat.messages,
        temperature: this.remote.temperatures[prompt.mode],
        max_tokens: Math.min(this.maxOutputTokens, maxOutputTokens),
        stream: true,
        stream_options: { include_usage: true },
      },
      signal,
      trace,
      this.name,
    );
    const completion = new ChatCompletion(this.name, onText);
    try {
      if (isEventStream(answer)) await readStream(answer, completion, idleMs);
      else completion.take(await answer.text(maxBodyBytes));
      completion.check();
    } catch (error) {
      answer.destroy();
      throw error;
    }
    // What follows `[DONE]` is the end of the body: once read, the connection serves the next request.
    void answer.drain();
    return generationFrom(completion, chat);
  }

  #chat(prompt: Prompt): Chat {
    return chatFrom(prompt, this);
  }
}

function isEventStream({ headers }: HttpAnswer): boolean {
  return /^\s*text\/event-stream\b/i.test(headers['content-type'] ?? '');
}

function generationFrom({ text, finish, usage }: ChatCompletion, { passages, size }: Chat): Generation {
  return {
    text,
    used: Array.from({ length: passages }, (_, index) => index),
    inputTokens: usage?.inputTokens ?? size.estimated,
    outputTokens: usage?.outputTokens ?? countTokens(text),
    finish: finish ?? 'other',
  };
}

/**
 * Asks an endpoint for its models, as a sign of life: whatever it answers to that, short of a failure of its own or a
 * refusal of the key, shows that it would answer a chat too.
 *
 * @throws {UpstreamError} when it is not there, fails, or refuses the key. The signal's reason when it aborts.
 */
export async function checkModels(pool: HttpPool, signal: AbortSignal): Promise<void> {
  try {
    await (await pool.get('/models', signal)).drain();
  } catch (error) {
    const alive = error instanceof UpstreamError && error.fault !== 'credentials' && (error.status ?? 500) < 500;
    if (!alive) throw error;
  }
}
