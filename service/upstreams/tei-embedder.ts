import { SpanKind, type SpanOptions } from '@opentelemetry/api';
import { z } from 'zod';
import { Trace } from '../telemetry/trace.ts';
import type { Embedder } from './embedder.ts';
import { HttpPool } from './http-pool.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';

/** Its name in errors, metrics and health checks. */
const upstream = 'embeddings';

/** Texts of one call: what the server takes unless it was started with another `--max-client-batch-size`. */
const batchSize = 32;

/** Connections at most. The server batches what comes at once by itself, and answers 429 when that is too much. */
const connections = 32;

/** Bytes of an answer at most: 32 vectors of 4,096 numbers, written out, are below 3 MB. */
const maxAnswerBytes = 8_388_608;

/** https://huggingface.github.io/text-embeddings-inference/#/Text%20Embeddings%20Inference/get_model_info */
const infoSchema = z.object({ model_id: z.string(), model_sha: z.string().nullish() });

/** Faults of a server that is well, and does not tell its model: status 401 or 403; 404, 405 and the like; another body. */
const tellsNothing: ReadonlySet<UpstreamFault> = new Set(['credentials', 'rejected', 'malformed']);

/** How far from 1 the square of a vector's length may be. The sum of some thousand rounded 32-bit numbers stays far below. */
const lengthTolerance = 1e-4;

/** Vectors from Text Embeddings Inference (https://huggingface.co/docs/text-embeddings-inference). */
export class TeiEmbedder implements Embedder {
  readonly #pool: HttpPool;
  readonly #span: SpanOptions;
  #dimension: number | undefined;

  /** @param url base URL of the server. */
  constructor(url: string) {
    this.#pool = new HttpPool(upstream, url, { connections });
    // https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-embeddings.md
    this.#span = {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'embeddings',
        // Not among the well-known ones.
        'gen_ai.provider.name': 'text_embeddings_inference',
        'server.address': this.#pool.address,
        'server.port': this.#pool.port,
      },
    };
  }

  /** A long text counts with its beginning only, as much of it as the model reads. */
  embed(texts: readonly string[], signal: AbortSignal, trace: Trace = Trace.none): Promise<readonly Float32Array[]> {
    return trace.run('embeddings', (span) => this.#embed(texts, signal, span), this.#span);
  }

  async #embed(texts: readonly string[], signal: AbortSignal, trace: Trace): Promise<readonly Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += batchSize) {
      const inputs = texts.slice(start, start + batchSize);
      for (const vector of await this.#batch(inputs, signal, trace)) {
        this.#dimension ??= vector.length;
        if (vector.length !== this.#dimension) {
          throw malformed(`sent a vector of ${vector.length} numbers, not ${this.#dimension}`);
        }
        vectors.push(vector);
      }
    }
    return vectors;
  }

  /**
   * Length of the model's vectors. The model is asked each time, since it may have been replaced; vectors of another length
   * are malformed from then on.
   *
   * @throws {UpstreamError} when the server failed.
   */
  async dimension(signal: AbortSignal): Promise<number> {
    this.#dimension = undefined;
    const [vector] = await this.embed(['dimension'], signal);
    return vector?.length ?? 0;
  }

  /**
   * Name of the model, with its revision where the server was given one: `org/name@revision`. `undefined` from a server that
   * does not tell, which only speaks TEI's language: it has no such path, wants a key for it or sends something else.
   *
   * @throws {UpstreamError} when the server failed, so that the name is only not known yet.
   */
  async model(signal: AbortSignal): Promise<string | undefined> {
    try {
      const answer = await this.#pool.get('/info', signal);
      const info = infoSchema.safeParse(await answer.json(maxAnswerBytes));
      if (!info.success) return undefined;
      const { model_id, model_sha } = info.data;
      return typeof model_sha === 'string' ? `${model_id}@${model_sha}` : model_id;
    } catch (error) {
      if (error instanceof UpstreamError && tellsNothing.has(error.fault)) return undefined;
      throw error;
    }
  }

  /** Asks whether the server has its model loaded and answers. @throws {UpstreamError} when it does not. */
  async check(signal: AbortSignal): Promise<void> {
    const answer = await this.#pool.get('/health', signal);
    await answer.drain();
  }

  /** Closes every connection. What still runs fails with an {@link UpstreamError}. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #batch(inputs: readonly string[], signal: AbortSignal, trace: Trace): Promise<Float32Array[]> {
    let body: unknown;
    try {
      const answer = await this.#pool.postJson('/embed', { inputs, truncate: true, normalize: true }, signal, trace);
      body = await answer.json(maxAnswerBytes);
    } catch (error) {
      if (!isInferenceFailure(error)) throw error;
      throw new UpstreamError(upstream, 'server', 'its model failed (status 424)', { status: 424 });
    }
    if (!Array.isArray(body)) throw malformed('sent no list of vectors');
    if (body.length !== inputs.length) throw malformed(`sent ${body.length} vectors for ${inputs.length} texts`);
    return body.map(vectorOf);
  }
}

/** The server says 424 (Failed Dependency) when its own model failed, so the request is not at fault. */
function isInferenceFailure(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.status === 424;
}

/** A vector of length 1, from what may be one. */
function vectorOf(numbers: unknown): Float32Array {
  if (!Array.isArray(numbers) || numbers.length === 0) throw malformed('sent what is not a vector');
  const vector = new Float32Array(numbers.length);
  let square = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    const number: unknown = numbers[index];
    if (typeof number !== 'number') throw malformed('sent a vector with something else than numbers');
    vector[index] = number;
    square += number * number;
  }
  // Also false for NaN, which JSON has no way to write, and for what is too great for 32 bits.
  if (!(square > 0 && Number.isFinite(square))) throw malformed('sent a vector without a direction');
  if (Math.abs(square - 1) <= lengthTolerance) return vector;
  const length = Math.sqrt(square);
  return vector.map((_, index) => (numbers[index] as number) / length);
}

const malformed = (message: string) => new UpstreamError(upstream, 'malformed', message);
