import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../telemetry/logger.ts';
import { sharedTenant } from '../document-store.ts';
import { openDatabase } from './database.ts';
import { FtsRetriever, minCoverage } from './fts-retriever.ts';
import { FtsDocumentStore } from './fts-store.ts';

let retriever: FtsRetriever;
let store: FtsDocumentStore;
const { signal } = new AbortController();
const ask = (question: string, { tenant = 't', topK = 5 } = {}) =>
  retriever.retrieve({ tenant, question, topK, signal });

beforeAll(async () => {
  const { database } = openDatabase(undefined, undefined as unknown as Logger);
  store = new FtsDocumentStore(database);
  retriever = new FtsRetriever(database);
  const documents = {
    'cache.md':
      '# Caching\n\nAnswers are stored in memory for ten minutes.\n\n## Eviction\n\nThe least recently used goes.',
    'drain.md': '# Shutdown\n\nA draining service finishes its requests, then stops.',
    'ports.md': '# Ports\n\nThe service listens on PORT 8000. Set REQUEST_TIMEOUT_SECS to change the deadline.',
  };
  for (const [id, text] of Object.entries(documents)) await store.put('t', { id, text, format: 'markdown' });
  await store.put('other', { id: 'secret.md', text: 'A draining zeppelin stops in memory.', format: 'markdown' });
  await store.put(sharedTenant, { id: 'shared.md', text: 'Lighthouses warn ships.', format: 'markdown' });
});

describe('retrieval', () => {
  it('finds the passage that covers the question, and names where it is', async () => {
    const [first] = await ask('What is evicted, the least recently used?');
    expect(first).toEqual({
      id: 'cache.md#eviction',
      title: 'Caching: Eviction',
      text: 'The least recently used goes.',
      score: expect.any(Number) as number,
    });
  });

  it('finds by parts of a name', async () => {
    expect((await ask('What is the request timeout?'))[0]?.id).toBe('ports.md#ports');
  });

  it('takes a piece of a name for the name, and parts that do not follow each other for an unknown one', async () => {
    const best = async (question: string) => (await ask(question))[0]?.score ?? 0;
    expect(await best('What is TIMEOUT_SECS?')).toBe(1);
    expect(await best('What is requestTimeout?')).toBe(1);
    expect(await best('What is REQUEST_SECS?')).toBeLessThan(0.5);
    expect(await best('What is theDeadline?')).toBe(0);
  });

  it.each(['Who won the world chess championship?', 'quantum entanglement', 'the', '', '?!'])(
    'finds nothing for %j',
    async (question) => {
      expect(await ask(question)).toEqual([]);
    },
  );

  it('drops a passage that covers too little of the question', async () => {
    expect(await ask('lighthouses')).toHaveLength(1);
    expect(await ask('lighthouses of quantum entangled chess champions')).toEqual([]);
  });

  it('gives best passages first, with scores between the threshold and 1', async () => {
    const passages = await ask('service');
    expect(passages.length).toBeGreaterThan(1);
    for (const { score } of passages) {
      expect(score).toBeGreaterThanOrEqual(minCoverage);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  it('finds what a small corpus says, even where a question says it in other words too', async () => {
    const { database } = openDatabase(undefined, undefined as unknown as Logger);
    const small = new FtsDocumentStore(database);
    const text = '# Cats\n\nCats sleep for sixteen hours a day. Cats prefer wet food.';
    await small.put('t', { id: 'cats.md', text, format: 'markdown' });
    const ofSmall = new FtsRetriever(database);
    const find = (question: string) => ofSmall.retrieve({ tenant: 't', question, topK: 5, signal });
    expect(await find('How long do cats sleep?')).toHaveLength(1);
    expect(await find('Which food do cats prefer?')).toHaveLength(1);
    expect(await find('How high do kangaroos jump?')).toEqual([]);
    small.close();
  });

  it('scores by what the tenant can see alone, so that a score tells nothing of other documents', async () => {
    const [before] = await ask('Where does the service listen?');
    await store.put('other', { id: 'many.md', text: 'listen\n\n'.repeat(500), format: 'text' });
    const [after] = await ask('Where does the service listen?');
    expect(after?.score).toBe(before?.score);
    await store.remove('other', 'many.md');
  });

  it('orders by what the tenant can see alone, so that the order tells nothing of other documents', async () => {
    await store.put('spy', { id: 'a', text: 'The nightjarcode.', format: 'text' });
    await store.put('spy', { id: 'b', text: 'The qwertyuiop.', format: 'text' });
    const order = async () => (await ask('nightjarcode qwertyuiop', { tenant: 'spy' })).map(({ id }) => id);
    const before = await order();
    expect(before).toHaveLength(2);
    for (let n = 0; n < 5; n += 1) {
      await store.put('other', { id: `n${n}`, text: 'nightjarcode '.repeat(5), format: 'text' });
    }
    expect(await order()).toEqual(before);
  });

  it('leaves turns of the event loop to others, however many questions wait', async () => {
    let answered = 0;
    const questions = Array.from({ length: 50 }, async (_, n) => {
      await ask(`Where does the service listen, ${n}?`);
      answered += 1;
    });
    await new Promise((turn) => setImmediate(turn));
    await new Promise((turn) => setImmediate(turn));
    expect(answered).toBeLessThan(10);
    await Promise.all(questions);
  });

  it('does not begin when the time of its request is over', async () => {
    const over = retriever.retrieve({
      tenant: 't',
      question: 'q',
      topK: 5,
      signal: AbortSignal.abort(new Error('over')),
    });
    await expect(over).rejects.toThrow('over');
  });

  it('gives at most what is asked for', async () => {
    expect(await ask('service', { topK: 1 })).toHaveLength(1);
  });

  it('finds the tenant’s own and shared passages, and no other’s', async () => {
    expect(await ask('zeppelin')).toEqual([]);
    expect((await ask('zeppelin', { tenant: 'other' })).map(({ id }) => id)).toEqual(['secret.md']);
    expect((await ask('lighthouses', { tenant: 'new' })).map(({ id }) => id)).toEqual(['shared.md']);
    expect((await ask('service', { tenant: sharedTenant })).map(({ id }) => id)).toEqual([]);
  });

  it('is broken by no question, however much it looks like a query', async () => {
    const syntax = fc.constantFrom(
      '"',
      '*',
      '^',
      ':',
      '(',
      ')',
      'NEAR',
      'AND',
      'OR',
      'NOT',
      '-',
      '+',
      '{',
      "'",
      '\\',
      ';--',
    );
    const word = fc.constantFrom('service', 'memory', 'heading', 'body');
    const question = fc.oneof(
      fc.array(fc.oneof(syntax, word), { maxLength: 12 }).map((parts) => parts.join(' ')),
      fc.array(fc.oneof(syntax, word), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(question, async (text) => {
        for (const { id } of await ask(text)) expect(id).not.toContain('secret');
      }),
      { numRuns: 500 },
    );
  });

  it('takes a question of 4,000 characters that no passage answers', async () => {
    const question = Array.from({ length: 800 }, (_, i) => `w${i.toString(36)}`)
      .join(' ')
      .slice(0, 4_000);
    expect(await ask(question)).toEqual([]);
  });
});
