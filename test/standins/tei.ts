import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { termsOf } from '../../service/upstreams/embedded/terms.ts';
import { startStandin, type Standin, type StandinRequest } from './standin.ts';
import type { StandinAnswer } from './answer.ts';
import type { Fault } from './faults.ts';

/** How a {@link startTei} is started. */
export interface TeiOptions {
  /** Any free one when absent. */
  readonly port?: number;
  /** Where faults are set while it refuses; any free one when absent. */
  readonly controlPort?: number;
  /** Length of the vectors; 384, as of the usual small models, when absent. */
  readonly dimension?: number;
  /** Name of the model as `/info` tells it; one that says what it is when absent. */
  readonly model?: string;
}

/** What Text Embeddings Inference allows unless it is told otherwise. */
const maxBatchSize = 32;

/**
 * Weight of a part that all vectors have in common, beside the words' part of length 1. Models have one too: their vectors
 * lie in a cone, so that unrelated texts have a cosine above 0. Here that is about 0.17.
 */
const common = Math.sqrt(0.2);

/**
 * Stands in for Text Embeddings Inference: `/embed`, `/health` and `/info` as it documents them. Its vectors are made of
 * the words of a text: texts that share words are near each other, and the same text always has the same vector.
 */
export function startTei({ dimension = 384, model = 'stand-in: hashed words', ...ports }: TeiOptions = {}): Promise<
  Standin<Fault>
> {
  return startStandin({
    name: 'stand-in for Text Embeddings Inference',
    ...ports,
    answer: (request) => answer(request, dimension, model),
  });
}

function answer({ method, path, body }: StandinRequest, dimension: number, model: string): StandinAnswer {
  switch (`${method} ${path}`) {
    case 'GET /health':
      return { status: 200, body: '' };
    case 'GET /info':
      return {
        status: 200,
        body: { model_id: model, model_sha: null, max_client_batch_size: maxBatchSize, version: 'stand-in' },
      };
    case 'POST /embed':
      return embed(body, dimension);
    default:
      return { status: 404, body: '' };
  }
}

/** Stricter than the real one: a field that it does not know is refused. */
function embed(body: unknown, dimension: number): StandinAnswer {
  const refused = (status: number, type: string, error: string) => ({ status, body: { error, error_type: type } });
  if (typeof body !== 'object' || body === null) return refused(400, 'Validation', 'the body is not JSON');
  const { inputs, truncate = false, normalize = true, ...unknown } = body as Record<string, unknown>;
  if (Object.keys(unknown).length > 0 || typeof truncate !== 'boolean' || typeof normalize !== 'boolean') {
    return refused(422, 'Validation', 'there are inputs, truncate and normalize');
  }
  const texts: unknown = typeof inputs === 'string' ? [inputs] : inputs;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    return refused(422, 'Validation', 'inputs must be strings');
  }
  if (texts.length === 0 || texts.includes('')) return refused(400, 'Empty', '`inputs` cannot be empty');
  if (texts.length > maxBatchSize) {
    return refused(413, 'Validation', `batch size ${texts.length} > maximum allowed batch size ${maxBatchSize}`);
  }
  return { status: 200, body: texts.map((text) => vectorOf(text, dimension, normalize)) };
}

/** The sum of a direction for each stemmed word of the text, which its hash gives; nearly at right angles to all others. */
function vectorOf(text: string, dimension: number, normalize: boolean): number[] {
  const words = new Float64Array(dimension);
  for (const term of new Set(termsOf(text))) {
    const bits = createHash('shake256', { outputLength: Math.ceil(dimension / 8) })
      .update(term)
      .digest();
    for (let index = 0; index < dimension; index += 1) {
      words[index] = (words[index] ?? 0) + (((bits[index >> 3] ?? 0) >> (index & 7)) & 1 ? 1 : -1);
    }
  }
  const length = Math.hypot(...words) || 1;
  const share = common / Math.sqrt(dimension);
  const vector = Array.from(words, (value) => value / length + share);
  const scale = normalize ? Math.hypot(...vector) : 1;
  return vector.map((value) => Math.fround(value / scale));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, 'control-port': { type: 'string' } } });
  const tei = await startTei({ port: Number(values.port ?? 0), controlPort: Number(values['control-port'] ?? 0) });
  console.log(`stand-in for Text Embeddings Inference on ${tei.url}, faults at ${tei.controlUrl}`);
}
