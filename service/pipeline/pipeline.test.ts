import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTestApp, modelThat } from '../testing.ts';

/** An app whose model counts its calls, fails on `fail`, and answers with what it was asked. */
async function setUp(env: Record<string, string> = {}) {
  const asked: string[] = [];
  const model = modelThat(async ({ question, mode, passages = [] }) => {
    asked.push(question);
    if (question.startsWith('fail')) throw new Error('it broke');
    return {
      text: `${mode}, ${passages.length} passages`,
      used: [...passages.keys()],
      inputTokens: 1000,
      outputTokens: 100,
    };
  });
  const test = await buildTestApp({ model, env });
  return { ...test, asked, client: test.as('acme') };
}

describe('a repeated question', () => {
  it('is answered from the cache, and costs nothing', async () => {
    const { client, asked } = await setUp();
    const first = await client.ask('q');
    const second = await client.ask('q');

    expect(first).toMatchObject({ cached: false, tokens: { input: 1000, output: 100 }, cost_usd: 0.7 });
    expect(second).toMatchObject({ cached: true, tokens: { input: 0, output: 0 }, cost_usd: 0 });
    expect({ ...second, cached: false, tokens: first.tokens, cost_usd: first.cost_usd }).toEqual({
      ...first,
      request_id: second.request_id,
      trace_id: second.trace_id,
    });
    expect(asked).toEqual(['q']);
  });

  it('is the same with more space around and between its words', async () => {
    const { client } = await setUp();
    await client.ask('what is this');
    expect(await client.ask('  what\tis \r\n this  ')).toMatchObject({ cached: true });
  });

  it('is the same in either Unicode form of its letters', async () => {
    const { client } = await setUp();
    await client.ask('Was heißt Café?'.normalize('NFC'));
    expect(await client.ask('Was heißt Café?'.normalize('NFD'))).toMatchObject({ cached: true });
  });

  it.each([
    ['another mode', 'q', { mode: 'fast' }],
    ['another top_k', 'q', { top_k: 4 }],
    ['other letters', 'Q', {}],
  ])('is another one with %s', async (_what, question, more) => {
    const { client } = await setUp();
    await client.ask('q');
    expect(await client.ask(question, more)).toMatchObject({ cached: false });
  });

  it('is the same with another session or priority', async () => {
    const { client } = await setUp();
    await client.ask('q');
    expect(await client.ask('q', { session_id: 's', priority: 'low' })).toMatchObject({ cached: true });
  });

  it('is another one for another tenant', async () => {
    const { client, as } = await setUp();
    await client.ask('q');
    expect(await as('other').ask('q')).toMatchObject({ cached: false });
    expect(await client.ask('q')).toMatchObject({ cached: true });
  });

  it('is answered anew when the tenant’s documents change, and only then', async () => {
    const { client, as } = await setUp();
    await client.ask('q');
    await as('other').post('/v1/documents', { id: 'a', text: 'Theirs.' });
    expect(await client.ask('q')).toMatchObject({ cached: true });

    await client.post('/v1/documents', { id: 'a', text: 'Ours.' });
    expect(await client.ask('q')).toMatchObject({ cached: false });
    await client.post('/v1/documents', { id: 'a', text: 'Ours.' });
    expect(await client.ask('q')).toMatchObject({ cached: true });
    await client.remove('/v1/documents/a');
    expect(await client.ask('q')).toMatchObject({ cached: false });
  });

  it('whose documents changed while it was answered is not remembered: the answer may be from the new ones', async () => {
    const { promise: changed, resolve: change } = Promise.withResolvers<undefined>();
    const model = modelThat(async () => {
      await changed;
      return { text: 'from either', used: [], inputTokens: 1, outputTokens: 1 };
    });
    const { as, services } = await buildTestApp({ model });
    const client = as('acme');
    const asked = client.ask('q');
    await expect.poll(() => services.metrics.registry.getSingleMetricAsString('rag_active_queries')).toMatch(/ 1$/);
    await client.post('/v1/documents', { id: 'a', text: 'Ours.' });
    change(undefined);
    expect((await asked).answer).toBe('from either');
    expect(services.cache.statistics().size).toBe(0);
    expect((await client.ask('q')).cached).toBe(false);
    expect((await client.ask('q')).cached).toBe(true);
  });

  it('is answered by the model again when the cache is off', async () => {
    const { client, asked } = await setUp({ CACHE_ENABLED: 'false' });
    await client.ask('q');
    expect(await client.ask('q')).toMatchObject({ cached: false });
    expect(asked).toEqual(['q', 'q']);
  });

  it('that failed is not remembered', async () => {
    const { client, asked, services } = await setUp();
    for (let i = 0; i < 3; i += 1) expect((await client.post('/query', { question: 'fail' })).statusCode).toBe(500);
    expect(asked).toHaveLength(3);
    expect(services.cache.statistics().size).toBe(0);
  });

  it('whose answer came after the deadline is not remembered', async () => {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const model = modelThat(async () => {
      await late;
      return { text: 'too late', used: [], inputTokens: 1, outputTokens: 1 };
    });
    const { as, services } = await buildTestApp({ model, env: { REQUEST_TIMEOUT_SECS: '0.05' } });
    expect((await as('acme').post('/query', { question: 'q' })).statusCode).toBe(504);
    resolve(undefined);
    // The late answer's tokens were spent all the same.
    await expect.poll(() => services.ledger.report().total.requests).toBe(1);
    await new Promise((turn) => setImmediate(turn));
    expect(services.cache.statistics().size).toBe(0);
  });

  it('never gets the answer of another question', async () => {
    const { client } = await setUp();
    const model = new Map<string, unknown>();
    const question = fc.record({
      question: fc.constantFrom('a b', 'a  b', 'ab', 'a","balanced', 'a', '["a"]'),
      mode: fc.constantFrom('fast', 'balanced', 'creative'),
      top_k: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(question, async ({ question, mode, top_k }) => {
        const key = JSON.stringify([question.replace(/\s+/g, ' '), mode, top_k]);
        const { answer, cached } = await client.ask(question, { mode, top_k });
        expect(cached).toBe(model.has(key));
        expect(answer).toBe(model.get(key) ?? answer);
        model.set(key, answer);
      }),
    );
  });
});

describe('the model', () => {
  it('gets at most top_k passages of the tenant', async () => {
    const { client } = await setUp();
    for (let i = 0; i < 5; i += 1) await client.post('/v1/documents', { id: `d${i}`, text: `Penguin number ${i}.` });
    for (const top_k of [1, 3, 5]) {
      const { answer, citations } = await client.ask('penguin', { top_k });
      expect(answer).toBe(`balanced, ${top_k} passages`);
      expect(citations).toHaveLength(top_k);
    }
  });

  it('is cited with snippets of 300 characters at most, of whole characters', async () => {
    const { client } = await setUp();
    await client.post('/v1/documents', { id: 'a', text: `penguin ${'🐧'.repeat(300)}` });
    await client.post('/v1/documents', { id: 'b', text: `penguins ${'🐧'.repeat(300)}` });
    const { citations } = await client.ask('penguin');
    expect(citations).toHaveLength(2);
    for (const { snippet } of citations) {
      expect(snippet).toMatch(/…$/);
      expect(snippet.length).toBeLessThanOrEqual(300);
      expect(snippet.isWellFormed()).toBe(true);
      expect(snippet).not.toContain('\ufffd');
    }
  });
});
