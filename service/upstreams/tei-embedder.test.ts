import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../test/standins/faults.ts';
import type { Standin } from '../../test/standins/standin.ts';
import { startTei } from '../../test/standins/tei.ts';
import { TeiEmbedder } from './tei-embedder.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';

let tei: Standin<Fault>;
let embedder: TeiEmbedder;
const { signal } = new AbortController();

beforeAll(async () => {
  tei = await startTei();
});
afterAll(() => tei.close());
beforeEach(async () => {
  await tei.clearFaults();
  embedder = new TeiEmbedder(tei.url);
  return () => embedder.close();
});

const nothing: Float32Array = new Float32Array();
const cosine = (a = nothing, b = nothing) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Answers once with a body of a test's own. */
const answerWith = (body: unknown) => tei.setFault({ kind: 'status', status: 200, body }, { requests: 1 });

async function failure(work: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof UpstreamError)) throw new Error(`not an UpstreamError: ${String(error)}`);
  expect(error.upstream).toBe('embeddings');
  return error;
}

describe('the vectors', () => {
  it('are one for each text, in order, in calls of at most 32', async () => {
    const texts = Array.from({ length: 70 }, (_, index) => `text number${index}`);
    const before = tei.requests;
    const vectors = await embedder.embed(texts, signal);

    expect(tei.requests - before).toBe(3);
    expect(vectors).toHaveLength(70);
    for (const index of [0, 31, 32, 69]) {
      const [alone] = await embedder.embed(texts.slice(index, index + 1), signal);
      expect(vectors[index]).toEqual(alone);
    }
  });

  it('are none for no text, and nobody is asked', async () => {
    const before = tei.requests;
    expect(await embedder.embed([], signal)).toEqual([]);
    expect(tei.requests).toBe(before);
  });

  it('are nearer for texts that say the same', async () => {
    const [question, near, far] = await embedder.embed(
      ['How long is a token valid?', 'Tokens are valid for one hour.', 'Zeppelins are filled with helium.'],
      signal,
    );
    expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.2);
  });

  it('have the length 1, whatever the server sends', async () => {
    const direction = fc
      .array(fc.double({ min: -1e30, max: 1e30, noNaN: true }), { minLength: 3, maxLength: 3 })
      .filter((numbers) => Math.hypot(...numbers) > 1e-30);
    await fc.assert(
      fc.asyncProperty(direction, async (numbers) => {
        await answerWith([numbers]);
        const [vector] = await new TeiEmbedder(tei.url).embed(['text'], signal);
        expect(cosine(vector, vector)).toBeCloseTo(1, 3);
        const length = Math.hypot(...numbers);
        vector?.forEach((value, index) => expect(value).toBeCloseTo((numbers[index] ?? 0) / length, 3));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the dimension', () => {
  it('is that of the vectors', async () => {
    expect(await embedder.dimension(signal)).toBe(384);
  });

  it('is asked for anew, since the model may have been replaced', async () => {
    await answerWith([[1, 0]]);
    expect([await embedder.dimension(signal), await embedder.dimension(signal)]).toEqual([2, 384]);
    expect(await embedder.embed(['text'], signal)).toHaveLength(1);
  });
});

describe('the model', () => {
  it('is told by the server, with its revision where there is one', async () => {
    expect(await embedder.model(signal)).toBe('stand-in: hashed words');
    await answerWith({ model_id: 'acme/model', model_sha: 'c0ffee', version: '1' });
    expect(await embedder.model(signal)).toBe('acme/model@c0ffee');
  });

  it.each<Fault>([
    ...[401, 403, 404, 405].map((status): Fault => ({ kind: 'status', status })),
    { kind: 'status', status: 200, body: { version: '1' } },
    { kind: 'wrong_schema' },
    { kind: 'bad_json' },
  ])('is unknown from a server that does not tell: %j', async (fault) => {
    await tei.setFault(fault, { only: '/info' });
    expect(await embedder.model(signal)).toBeUndefined();
  });

  it.each<[Fault, UpstreamFault]>([
    [{ kind: 'status', status: 500 }, 'server'],
    [{ kind: 'status', status: 503 }, 'server'],
    [{ kind: 'status', status: 408 }, 'timeout'],
    [{ kind: 'status', status: 429 }, 'rate_limited'],
    [{ kind: 'reset' }, 'connection'],
    [{ kind: 'truncate' }, 'cut'],
  ])('is not taken for unknown when the server failed: %j', async (fault, expected) => {
    await tei.setFault(fault, { only: '/info' });
    expect((await failure(embedder.model(signal))).fault).toBe(expected);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['of another shape', { vectors: [] }, 'no list'],
    ['with too few vectors', [[1, 0]], 'sent 1 vectors for 2 texts'],
    ['with too many vectors', [[1], [1], [1]], 'sent 3 vectors for 2 texts'],
    ['with something else than a vector', [[1, 0], 'text'], 'not a vector'],
    ['with an empty vector', [[1, 0], []], 'not a vector'],
    [
      'with something else than numbers',
      [
        [1, 0],
        [1, null],
      ],
      'something else than numbers',
    ],
    ['with vectors of two lengths', [[1, 0], [1]], 'a vector of 1 numbers, not 2'],
    [
      'with a vector of zeros',
      [
        [1, 0],
        [0, 0],
      ],
      'without a direction',
    ],
    ['with a number that is too great', '[[1, 0], [1e999, 0]]', 'without a direction'],
    ['that is not JSON', '[[1, 0], [1', 'not JSON'],
  ])('%s is malformed', async (_what, body, message) => {
    await answerWith(body);
    const error = await failure(embedder.embed(['one', 'two'], signal));
    expect([error.fault, error.message]).toEqual(['malformed', expect.stringContaining(message)]);
  });

  it('with vectors of another length than before is malformed', async () => {
    await embedder.embed(['text'], signal);
    await answerWith([[1, 0]]);
    expect((await failure(embedder.embed(['text'], signal))).message).toContain('a vector of 2 numbers, not 384');
  });
});

describe('a failure', () => {
  it.each<[string, Fault, UpstreamFault]>([
    ['no connection', { kind: 'reset' }, 'connection'],
    ['an answer that is cut', { kind: 'truncate' }, 'cut'],
    ['500', { kind: 'status', status: 500 }, 'server'],
    ['424, which says that its model failed', { kind: 'status', status: 424 }, 'server'],
    ['429', { kind: 'status', status: 429, retryAfter: 7 }, 'rate_limited'],
    ['401', { kind: 'status', status: 401 }, 'credentials'],
    ['413', { kind: 'status', status: 413 }, 'rejected'],
  ])('%s is told as such', async (_what, fault, expected) => {
    await tei.setFault(fault);
    const error = await failure(embedder.embed(['text'], signal));
    expect(error.fault).toBe(expected);
    if (fault.kind === 'status') expect(error.status).toBe(fault.status);
    if (expected === 'rate_limited') expect(error.retryAfterSeconds).toBe(7);
  });

  it('of a server that hangs ends with the signal', async () => {
    await tei.setFault({ kind: 'hang' });
    const controller = new AbortController();
    const embedding = embedder.embed(['text'], controller.signal);
    controller.abort(new Error('time is over'));
    await expect(embedding).rejects.toThrow('time is over');
  });
});

describe('the health check', () => {
  it('passes while the server is well', async () => {
    await expect(embedder.check(signal)).resolves.toBeUndefined();
  });

  it('fails while it is not', async () => {
    await tei.setFault({ kind: 'status', status: 503 }, { only: '/health' });
    expect((await failure(embedder.check(signal))).fault).toBe('server');
  });
});
