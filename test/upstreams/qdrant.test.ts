import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { sharedTenant, type NewDocument } from '../../service/upstreams/document-store.ts';
import type { Embedder } from '../../service/upstreams/embedder.ts';
import { QdrantConnection } from '../../service/upstreams/qdrant/connection.ts';
import { DimensionMismatchError, EmbeddingModelMismatchError } from '../../service/upstreams/qdrant/mismatch.ts';
import { minCosine, QdrantRetriever } from '../../service/upstreams/qdrant/retriever.ts';
import { QdrantDocumentStore } from '../../service/upstreams/qdrant/store.ts';
import { TeiEmbedder } from '../../service/upstreams/tei-embedder.ts';
import { UpstreamError, type UpstreamFault } from '../../service/resilience/upstream-error.ts';
import { freePort, until } from '../processes.ts';
import '../property.setup.ts';
import type { Fault } from '../standins/faults.ts';
import { startQdrant, type QdrantStandin } from '../standins/qdrant.ts';
import type { Standin } from '../standins/standin.ts';
import { startTei } from '../standins/tei.ts';

let qdrant: QdrantStandin;
let tei: Standin<Fault>;
let embedder: TeiEmbedder;
const { signal } = new AbortController();

beforeAll(async () => {
  tei = await startTei();
  qdrant = await startQdrant({ python: inject('pythonWithQdrantEdge'), port: await freePort(), apiKey: 'the key' });
  embedder = new TeiEmbedder(tei.url);
});
afterAll(async () => {
  await embedder.close();
  await Promise.all([qdrant.close(), tei.close()]);
});

const open: QdrantConnection[] = [];
let collection = 'test_0';
let made = 0;
beforeEach(() => {
  collection = `test_${made++}`;
});
afterEach(async () => {
  await Promise.all([qdrant.clearFaults(), tei.clearFaults()]);
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  for (const suffix of ['', '_versions']) await ask('DELETE', `/collections/${collection}${suffix}`);
});

/** What one replica has. */
function replica(by: Pick<TeiEmbedder, 'dimension' | 'model'> & Embedder = embedder) {
  const connection = new QdrantConnection({ url: qdrant.url, apiKey: 'the key', collection, embedder: by });
  open.push(connection);
  const retriever = new QdrantRetriever(connection, by);
  const retrieve = (tenant: string, question: string, topK = 5) =>
    retriever.retrieve({ tenant, question, topK, signal });
  return { connection, store: new QdrantDocumentStore(connection, by), retriever, retrieve };
}

const text = (words: string, id?: string): NewDocument => ({
  text: words,
  format: 'text',
  ...(id !== undefined && { id }),
});

/** A document of several hundred passages that all have one word in common. */
const long = (word: string, passages = 150): NewDocument => ({
  id: 'long',
  format: 'markdown',
  text: Array.from({ length: passages }, (_, index) => `# Part ${index}\n\n${word} ${index}\n\n`).join(''),
});

/** Asks Qdrant itself. */
async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(qdrant.url + path, {
    method,
    headers: { 'api-key': 'the key' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return ((await response.json()) as { result: unknown }).result;
}

/** How many points the collection has. */
async function points(): Promise<number> {
  const { count } = (await ask('POST', `/collections/${collection}/points/count`, {})) as { count: number };
  return count;
}

/** Removes every document, behind the store's back. */
const empty = () => ask('POST', `/collections/${collection}/points/delete?wait=true`, { filter: {} });

async function failure(work: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof UpstreamError)) throw new Error(`not an UpstreamError: ${String(error)}`);
  return error;
}

describe('the set-up', () => {
  test('makes the collection of the embedding model’s dimension, by cosine, with the tenant as its tenant', async () => {
    await replica().connection.setUp();
    expect(await ask('GET', `/collections/${collection}`)).toMatchObject({
      config: { params: { vectors: { size: 384, distance: 'Cosine' } } },
      payload_schema: {
        tenant: { data_type: 'keyword', params: { is_tenant: true } },
        document: { data_type: 'keyword' },
      },
    });
  });

  test('makes each collection with as many replicas as are wanted, one unless said', async () => {
    const replicas = async () =>
      (await ask('GET', `/collections/${collection}`)) as { config: { params: { replication_factor: number } } };
    await replica().connection.setUp();
    expect((await replicas()).config.params.replication_factor).toBe(1);
    for (const suffix of ['', '_versions']) await ask('DELETE', `/collections/${collection}${suffix}`);
    const options = { url: qdrant.url, apiKey: 'the key', collection, replicationFactor: 2, embedder };
    const connection = new QdrantConnection(options);
    open.push(connection);
    await connection.setUp();
    expect((await replicas()).config.params.replication_factor).toBe(2);
  });

  test('may be done by several replicas at once, and again', async () => {
    await Promise.all([1, 2, 3, 4].map(() => replica().connection.setUp()));
    await replica().store.put('t', text('kept'));
    await replica().connection.setUp();
    expect(await points()).toBe(1);
  });

  test('costs nothing once it is done', async () => {
    const { connection } = replica();
    await connection.setUp();
    const before = qdrant.requests;
    await connection.setUp();
    expect(qdrant.requests).toBe(before);
  });

  test('refuses a collection of another dimension, and names both', async () => {
    await replica().connection.setUp();
    const other = await startTei({ dimension: 32 });
    const otherEmbedder = new TeiEmbedder(other.url);
    const { connection, store, retrieve } = replica(otherEmbedder);
    const work = [connection.setUp(), connection.check(signal), store.put('t', text('x')), retrieve('t', 'x')];
    for (const result of await Promise.allSettled(work)) {
      expect(result).toMatchObject({ reason: expect.any(DimensionMismatchError) as Error });
      expect(result).toHaveProperty(
        'reason.message',
        `vector_db: the Qdrant collection ${collection} has vectors of dimension 384, but the embedding model makes vectors of dimension 32: ` +
          'choose the model that the documents were stored with, or another QDRANT_COLLECTION',
      );
    }
    await Promise.all([otherEmbedder.close(), other.close()]);
  });

  test('refuses a collection of another model with vectors of the same length, and names both', async () => {
    await replica().connection.setUp();
    const other = await startTei({ model: 'acme/other' });
    const otherEmbedder = new TeiEmbedder(other.url);
    const { connection, store, retrieve } = replica(otherEmbedder);
    const work = [connection.setUp(), connection.check(signal), store.put('t', text('x')), retrieve('t', 'x')];
    for (const result of await Promise.allSettled(work)) {
      expect(result).toMatchObject({ reason: expect.any(EmbeddingModelMismatchError) as Error });
      expect(result).toHaveProperty(
        'reason.message',
        `vector_db: the Qdrant collection ${collection} has vectors of the embedding model stand-in: hashed words, but TEI_URL serves acme/other: ` +
          'choose the model that the documents were stored with, or another QDRANT_COLLECTION',
      );
    }
    await replica().connection.setUp();
    await Promise.all([otherEmbedder.close(), other.close()]);
  });

  test('takes another model for a collection that was made anew', async () => {
    await replica().connection.setUp();
    await ask('DELETE', `/collections/${collection}`);
    const other = await startTei({ model: 'acme/other' });
    const otherEmbedder = new TeiEmbedder(other.url);
    await replica(otherEmbedder).connection.setUp();
    expect(await failure(replica().connection.setUp())).toBeInstanceOf(EmbeddingModelMismatchError);
    await Promise.all([otherEmbedder.close(), other.close()]);
  });

  test('takes the model as it is where none was noted, and from a server that does not tell its model', async () => {
    await replica().connection.setUp();
    await ask('DELETE', `/collections/${collection}_versions`);
    const other = await startTei({ model: 'acme/other' });
    const otherEmbedder = new TeiEmbedder(other.url);
    await replica(otherEmbedder).connection.setUp();
    await tei.setFault({ kind: 'status', status: 404 }, { only: '/info' });
    await replica().connection.setUp();
    await tei.clearFaults();
    expect(await failure(replica().connection.setUp())).toBeInstanceOf(EmbeddingModelMismatchError);
    await Promise.all([otherEmbedder.close(), other.close()]);
  });

  test('is tried again when it failed', async () => {
    const { connection } = replica();
    await qdrant.setFault({ kind: 'status', status: 500 }, { requests: 1 });
    expect((await failure(connection.setUp())).fault).toBe('server');
    await connection.setUp();
  });

  test('is done again when a check finds the collections gone', async () => {
    const { connection, store } = replica();
    await store.put('t', text('lost', 'a'));
    await qdrant.restart({ empty: true });
    expect(await failure(connection.check(signal))).toMatchObject({ status: 404 });
    await connection.check(signal);
    expect(await store.put('t', text('lost', 'a'))).toMatchObject({ status: 'created' });
  });

  test('fails for a wrong key, which is no request’s fault', async () => {
    const connection = new QdrantConnection({ url: qdrant.url, apiKey: 'another', collection, embedder });
    open.push(connection);
    expect(await failure(connection.setUp())).toMatchObject({ upstream: 'vector_db', fault: 'credentials' });
  });
});

describe('storing', () => {
  test('takes the title from the document, the first heading or the ID, in this order', async () => {
    const { store } = replica();
    const markdown = { text: '# Heading\n\nText.', format: 'markdown' as const };
    expect(await store.put('t', { ...markdown, title: 'Given', id: 'a' })).toMatchObject({ title: 'Given' });
    expect(await store.put('t', { ...markdown, id: 'b' })).toMatchObject({ title: 'Heading' });
    expect(await store.put('t', text('Text.', 'c'))).toEqual({ id: 'c', title: 'c', chunks: 1, status: 'created' });
  });

  test('without an ID gives the one that the embedded store gives', async () => {
    const hash = createHash('sha256').update('Text.').digest('hex').slice(0, 32);
    expect(await replica().store.put('t', text('Text.'))).toMatchObject({ id: hash });
  });

  test('knows the same content again, and does nothing', async () => {
    const { store } = replica();
    await store.put('t', text('Text.', 'a'));
    const version = await store.version('t');
    const [before] = await store.list('t', 1);
    const embedded = tei.requests;
    expect(await store.put('t', text('Text.', 'a'))).toMatchObject({ status: 'unchanged', chunks: 1 });
    expect(await store.version('t')).toBe(version);
    expect(await store.list('t', 1)).toEqual([before]);
    expect(tei.requests).toBe(embedded);
  });

  test.each<[string, Partial<NewDocument>]>([
    ['text', { text: 'Other.' }],
    ['title', { title: 'T' }],
    ['format', { format: 'markdown' }],
  ])('replaces a document whose %s is another', async (_what, change) => {
    const { store } = replica();
    await store.put('t', text('Text.', 'a'));
    expect(await store.put('t', { ...text('Text.', 'a'), ...change })).toMatchObject({ status: 'replaced' });
    expect(await points()).toBe(1);
  });

  test('leaves nothing of what it replaced, be the new one shorter or longer', async () => {
    const { store, retrieve } = replica();
    for (const [word, passages] of [
      ['zeppelin', 150],
      ['balloon', 3],
      ['glider', 70],
    ] as const) {
      await store.put('t', long(word, passages));
      expect(await points()).toBe(passages);
    }
    expect(await retrieve('t', 'zeppelin')).toEqual([]);
    expect(await retrieve('t', 'glider')).toHaveLength(5);
  });

  test('keeps a document without any passage', async () => {
    const { store, retrieve } = replica();
    const nothing = { id: 'empty', title: 'zeppelin', text: '<!-- nothing -->', format: 'markdown' as const };
    expect(await store.put('t', nothing)).toEqual({ id: 'empty', title: 'zeppelin', chunks: 0, status: 'created' });
    expect(await store.put('t', nothing)).toMatchObject({ status: 'unchanged' });
    expect(await store.has('t', 'empty')).toBe(true);
    expect(await store.list('t', 10)).toMatchObject([{ id: 'empty', chunks: 0, bytes: 16 }]);
    expect(await retrieve('t', 'zeppelin')).toEqual([]);
    expect(await store.put('t', { ...nothing, text: 'zeppelin' })).toMatchObject({ status: 'replaced' });
    expect(await points()).toBe(1);
  });

  test('refuses a document that is too long, and keeps nothing of it', async () => {
    const { store } = replica();
    await expect(store.put('t', long('b', 2001))).rejects.toThrow('the document has 2001 passages');
    expect(await points()).toBe(0);
  });

  test('changes nothing when the embedding service fails', async () => {
    const { store } = replica();
    await store.put('t', long('zeppelin', 3));
    const version = await store.version('t');
    await tei.setFault({ kind: 'status', status: 500 });
    expect(await failure(store.put('t', long('balloon', 3)))).toMatchObject({ upstream: 'embeddings' });
    await tei.clearFaults();
    expect(await store.version('t')).toBe(version);
    expect(await store.put('t', long('zeppelin', 3))).toMatchObject({ status: 'unchanged' });
  });

  test('that is cut off before the old passages are removed is found by both, and completed when repeated', async () => {
    const { store, retrieve } = replica();
    await store.put('t', text('a zeppelin flies', 'a'));
    await qdrant.setFault({ kind: 'status', status: 500 }, { only: `/collections/${collection}/points/delete` });
    expect((await failure(store.put('t', text('a zeppelin lands', 'a')))).fault).toBe('server');
    expect((await retrieve('t', 'zeppelin')).map((passage) => passage.text).sort()).toEqual([
      'a zeppelin flies',
      'a zeppelin lands',
    ]);
    expect(await store.list('t', 10)).toMatchObject([{ id: 'a', bytes: 16 }]);
    await qdrant.clearFaults();
    expect(await store.put('t', text('a zeppelin lands', 'a'))).toMatchObject({ status: 'replaced' });
    expect((await retrieve('t', 'zeppelin')).map((passage) => passage.text)).toEqual(['a zeppelin lands']);
  });

  test('that is cut off among the new passages leaves the old document, and is completed when repeated', async () => {
    const { store } = replica();
    await store.put('t', long('zeppelin', 2));
    const upserts = { only: `/collections/${collection}/points`, requests: 1 };
    await qdrant.setFault({ kind: 'none' }, upserts);
    await qdrant.addFault({ kind: 'reset' }, upserts);
    expect((await failure(store.put('t', long('balloon', 150)))).fault).toBe('connection');
    expect(await points()).toBeGreaterThan(2);
    expect(await store.list('t', 10)).toMatchObject([{ id: 'long', chunks: 2 }]);
    // The old content is there, and still not all is as it should be.
    expect(await store.put('t', long('zeppelin', 2))).toMatchObject({ status: 'replaced' });
    expect(await points()).toBe(2);
  });

  test('by several replicas at once leaves one whole document', async () => {
    const replicas = [replica(), replica(), replica()];
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(
        replicas.map(({ store }, index) => store.put('t', long(`word${(round * 7 + index * 5) % 9}`, 66 + index))),
      );
      const [document, ...others] = await replica().store.list('t', 10);
      expect(others).toEqual([]);
      expect(await points()).toBe(document?.chunks);
    }
  });
});

describe('removing', () => {
  test('takes the document and its passages away', async () => {
    const { store, retrieve } = replica();
    await store.put('t', long('zeppelin', 3));
    expect(await store.has('t', 'long')).toBe(true);
    expect(await store.remove('t', 'long')).toBe(true);
    expect(await store.remove('t', 'long')).toBe(false);
    expect(await store.has('t', 'long')).toBe(false);
    expect(await retrieve('t', 'zeppelin')).toEqual([]);
    expect(await points()).toBe(0);
  });

  test('never touches another tenant’s document or a shared one', async () => {
    const { store } = replica();
    await store.put('other', text('x', 'a'));
    await store.put(sharedTenant, text('x', 'a'));
    expect(await store.remove('t', 'a')).toBe(false);
    expect(await store.has('t', 'a')).toBe(false);
    expect(await points()).toBe(2);
  });
});

describe('the list', () => {
  test('is that of a map from ID to document, whatever happens', async () => {
    const { connection, store } = replica();
    await connection.setUp();
    const action = fc.record({
      tenant: fc.constantFrom('t', sharedTenant, 'other'),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      words: fc.constantFrom('one', 'two', undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 15 }), fc.integer({ min: 1, max: 5 }), async (actions, limit) => {
        await empty();
        const model = new Map<string, number>();
        for (const { tenant, id, words } of actions) {
          if (words === undefined) {
            expect(await store.remove(tenant, id)).toBe(model.delete(`${id} ${tenant}`));
          } else {
            await store.put(tenant, text(words, id));
            model.set(`${id} ${tenant}`, words.length);
          }
        }
        const listed: string[] = [];
        let after: string | undefined;
        for (;;) {
          const page = await store.list('t', limit, after);
          listed.push(...page.map(({ id, shared }) => `${id} ${shared ? sharedTenant : 't'}`));
          if (page.length < limit) break;
          after = page.at(-1)?.id;
        }
        expect(listed).toEqual([...model.keys()].filter((key) => !key.endsWith(' other')).sort());
      }),
      { numRuns: 30 },
    );
  });

  test('is complete for more documents than are read at once', async () => {
    const { store, connection } = replica();
    await store.put('t', text('x', 'm'));
    const some = Array.from({ length: 1001 }, (_, index) => ({
      id: index,
      vector: Array.from({ length: 384 }, () => 1),
      payload: {
        tenant: 't',
        document: `d${index}`,
        revision: '1',
        title: 'T',
        chunk: 0,
        chunks: 1,
        bytes: 1,
        updated_at: '',
      },
    }));
    await connection.api.upsert(collection, some as unknown as Parameters<typeof connection.api.upsert>[1], signal);
    expect(await store.list('t', 2000)).toHaveLength(1002);
    expect((await store.list('t', 2, 'd998')).map(({ id }) => id)).toEqual(['d999', 'm']);
  });

  test('shows the newer content of a document that is being replaced', async () => {
    const { store, connection } = replica();
    await connection.setUp();
    const head = (id: number, document: string, revision: string) => ({
      id,
      vector: Array.from({ length: 384 }, () => 1),
      payload: { tenant: 't', document, revision, title: revision, chunk: 0, chunks: 1, bytes: 1, updated_at: '' },
    });
    const heads = [head(1, 'a', '1 older'), head(2, 'a', '2 newer'), head(3, 'b', '2 newer'), head(4, 'b', '1 older')];
    const add = connection.api.upsert.bind(connection.api);
    await add(collection, heads as unknown as Parameters<typeof add>[1], signal);
    expect((await store.list('t', 10)).map(({ id, title }) => [id, title])).toEqual([
      ['a', '2 newer'],
      ['b', '2 newer'],
    ]);
  });

  test('says what is known of each document', async () => {
    const { store } = replica();
    await store.put(sharedTenant, { id: 'a', title: 'Title', text: 'Zürich', format: 'text' });
    const [document] = await store.list('t', 1);
    const { updatedAt, ...rest } = document ?? { updatedAt: '' };
    expect(rest).toEqual({ id: 'a', title: 'Title', chunks: 1, bytes: 7, shared: true });
    expect(new Date(updatedAt).toISOString()).toBe(updatedAt);
  });
});

describe('the search', () => {
  test('gives what the tenant can see, the nearest first, with a score from 0 to 1', async () => {
    const { store, retrieve } = replica();
    await store.put('t', { id: 'air', text: '# Ships\n\nA ship.\n\n## Lift\n\nzeppelin helium', format: 'markdown' });
    await store.put(sharedTenant, text('zeppelin hydrogen fire', 'fire'));
    await store.put('other', text('zeppelin helium', 'secret'));

    const found = await retrieve('t', 'zeppelin helium');
    expect(found.map(({ id, title, text: quoted }) => [id, title, quoted])).toEqual([
      ['air#lift', 'Ships: Lift', 'zeppelin helium'],
      ['fire', 'fire', 'zeppelin hydrogen fire'],
    ]);
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual(scores.map((score) => Math.round(score * 1000) / 1000));
    expect(scores[0]).toBeGreaterThan(scores[1] ?? 1);
    expect(scores[0]).toBeLessThanOrEqual(1);
    expect(scores[1]).toBeGreaterThanOrEqual(minCosine);
  });

  test('finds a passage by its heading alone', async () => {
    const { store, retrieve } = replica();
    await store.put('t', { id: 'air', text: '# Zeppelin\n\nIt flies.', format: 'markdown' });
    expect(await retrieve('t', 'zeppelin')).toMatchObject([{ id: 'air#zeppelin' }]);
  });

  test('gives no more than asked for', async () => {
    const { store, retrieve } = replica();
    await store.put('t', long('zeppelin', 10));
    expect(await retrieve('t', 'zeppelin', 3)).toHaveLength(3);
  });

  test('gives nothing that has nothing to do with the question', async () => {
    const { store, retrieve } = replica();
    await store.put('t', text('a zeppelin is filled with helium'));
    expect(await retrieve('t', 'token rotation')).toEqual([]);
  });

  test.each([
    [1.2, 1],
    [0.98765, 0.988],
    [-0.3, 0],
  ])('shows the cosine %s as the score %s', async (score, shown) => {
    const { connection, retrieve } = replica();
    await connection.setUp();
    const payload = { document: 'd', anchor: '', passage_title: 'T', text: 'x' };
    const body = { result: { points: [{ score, payload }] } };
    await qdrant.setFault({ kind: 'status', status: 200, body }, { only: `/collections/${collection}/points/query` });
    expect(await retrieve('t', 'x')).toEqual([{ id: 'd', title: 'T', text: 'x', score: shown }]);
  });

  test('finds nothing but passages: another payload is malformed', async () => {
    const { connection, retrieve } = replica();
    await connection.setUp();
    const body = { result: { points: [{ score: 1, payload: { tenant: 't' } }] } };
    await qdrant.setFault({ kind: 'status', status: 200, body }, { only: `/collections/${collection}/points/query` });
    expect(await failure(retrieve('t', 'x'))).toMatchObject({ fault: 'malformed' });
  });

  test('ends with its signal', async () => {
    const { connection, retriever } = replica();
    await connection.setUp();
    await qdrant.setFault({ kind: 'hang' });
    const controller = new AbortController();
    const before = qdrant.aborts.length;
    const found = retriever.retrieve({ tenant: 't', question: 'x', topK: 1, signal: controller.signal });
    const arrived = qdrant.requests;
    await until('the search has arrived', () => qdrant.requests > arrived);
    controller.abort(new Error('time is over'));
    await expect(found).rejects.toThrow('time is over');
    await until('Qdrant is told', () => qdrant.aborts.length > before);
  });

  test.each<[string, Fault, UpstreamFault]>([
    ['no connection', { kind: 'reset' }, 'connection'],
    ['nothing that listens', { kind: 'refuse' }, 'connection'],
    ['a cut answer', { kind: 'truncate' }, 'cut'],
    ['500', { kind: 'status', status: 500 }, 'server'],
    ['429', { kind: 'status', status: 429, retryAfter: 3 }, 'rate_limited'],
    ['no JSON', { kind: 'bad_json' }, 'malformed'],
    ['another shape', { kind: 'wrong_schema' }, 'malformed'],
  ])('says what Qdrant did: %s', async (_what, fault, expected) => {
    const { connection, retrieve } = replica();
    await connection.setUp();
    await qdrant.setFault(fault);
    expect(await failure(retrieve('t', 'x'))).toMatchObject({ upstream: 'vector_db', fault: expected });
  });

  test('says when the embedding service failed', async () => {
    const { connection, retrieve } = replica();
    await connection.setUp();
    await tei.setFault({ kind: 'status', status: 500 });
    expect(await failure(retrieve('t', 'x'))).toMatchObject({ upstream: 'embeddings', fault: 'server' });
  });
});

describe('a tenant', () => {
  test('never gets what is another’s, whatever is stored, replaced and removed', async () => {
    const { connection, store, retrieve } = replica();
    await connection.setUp();
    const tenants = ['north', 'south', 'nor', sharedTenant] as const;
    const word = fc.constantFrom('zeppelin', 'balloon', 'glider');
    const action = fc.record({
      tenant: fc.constantFrom(...tenants),
      id: fc.constantFrom('a', 'b', 'north', 'c#north'),
      words: fc.option(fc.array(word, { minLength: 1, maxLength: 3 }), { freq: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), word, async (actions, question) => {
        await empty();
        const stored = new Map<string, string>();
        for (const { tenant, id, words } of actions) {
          const key = JSON.stringify([tenant, id]);
          if (words === null) {
            expect(await store.remove(tenant, id)).toBe(stored.delete(key));
          } else {
            const content = `${words.join(' ')} of ${tenant}`;
            await store.put(tenant, text(content, id));
            stored.set(key, content);
          }
        }
        for (const tenant of tenants) {
          const visible = [...stored].filter(([key]) => {
            const [owner] = JSON.parse(key) as [string];
            return owner === tenant || owner === sharedTenant;
          });
          const found = await retrieve(tenant, question, 20);
          const relevant = visible.map(([, content]) => content).filter((content) => content.includes(question));
          expect(found.map((passage) => passage.text).sort()).toEqual(relevant.sort());
          expect((await store.list(tenant, 100)).length).toBe(visible.length);
          for (const id of ['a', 'b', 'north', 'c#north']) {
            expect(await store.has(tenant, id)).toBe(stored.has(JSON.stringify([tenant, id])));
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the version', () => {
  test('changes for the tenant whose documents change, and for all with the shared ones', async () => {
    const { store, connection } = replica();
    await connection.setUp();
    const versions = async () => [await store.version('north'), await store.version('south')];
    const [north, south] = await versions();
    await store.put('north', text('x', 'a'));
    const afterOwn = await versions();
    expect(afterOwn[0]).not.toBe(north);
    expect(afterOwn[1]).toBe(south);
    await store.put(sharedTenant, text('x', 'a'));
    const afterShared = await versions();
    expect(afterShared[0]).not.toBe(afterOwn[0]);
    expect(afterShared[1]).not.toBe(south);
    await store.remove('north', 'a');
    const afterRemoval = await versions();
    expect(afterRemoval[0]).not.toBe(afterShared[0]);
    expect(afterRemoval[1]).toBe(afterShared[1]);
  });

  test('of every replica changes with what one of them changes', async () => {
    const [one, other] = [replica(), replica()];
    await one.store.put('t', text('x', 'a'));
    const before = await other.store.version('t');
    expect(before).toBe(await one.store.version('t'));
    await one.store.remove('t', 'a');
    const after = await one.store.version('t');
    expect(after).not.toBe(before);
    await until('the other replica sees it', async () => (await other.store.version('t')) === after);
  });

  test('is read once, however many ask', async () => {
    const { store, connection } = replica();
    await connection.setUp();
    const before = qdrant.requests;
    const versions = await Promise.all(Array.from({ length: 1000 }, () => store.version('t')));
    expect(new Set(versions).size).toBe(1);
    expect(qdrant.requests - before).toBe(1);
  });

  test('stays what was read last while Qdrant is away, and nobody waits long for it', async () => {
    const { store } = replica();
    await store.put('t', text('x', 'a'));
    const version = await store.version('t');
    await qdrant.setFault({ kind: 'hang' });
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      vi.advanceTimersByTime(5000);
      expect(await store.version('t')).toBe(version);
      vi.advanceTimersByTime(5000);
      // A read hangs again; it is not waited for.
      expect(await store.version('t')).toBe(version);
      expect(await store.version('nobody')).toBe('unknown');
    } finally {
      vi.useRealTimers();
    }
    await qdrant.clearFaults();
    await until('it is read again', async () => (await store.version('nobody')) !== 'unknown');
  });

  test('changes when a change whose end could not be told is repeated, by any replica', async () => {
    const { store } = replica();
    await store.put('t', text('x', 'a'));
    const upserts = { only: `/collections/${collection}_versions/points`, requests: 1 };
    await qdrant.setFault({ kind: 'none' }, upserts);
    await qdrant.addFault({ kind: 'status', status: 500 }, upserts);
    await failure(store.remove('t', 'a'));
    const told = await store.version('t');

    const other = replica();
    expect(await other.store.remove('t', 'a')).toBe(false);
    const after = await other.store.version('t');
    expect(after).not.toBe(told);
    expect(await other.store.remove('t', 'a')).toBe(false);
    expect(await other.store.version('t')).toBe(after);
  });

  test('that cannot be changed lets nothing else change', async () => {
    const { store } = replica();
    await store.put('t', text('x', 'a'));
    await qdrant.setFault({ kind: 'status', status: 500 }, { only: `/collections/${collection}_versions/points` });
    await failure(store.remove('t', 'a'));
    await failure(store.put('t', text('y', 'b')));
    await qdrant.clearFaults();
    expect((await store.list('t', 10)).map(({ id }) => id)).toEqual(['a']);
  });
});

describe('the health check', () => {
  test('passes while both collections can be read', async () => {
    await expect(replica().connection.check(signal)).resolves.toBeUndefined();
  });

  test.each(['', '_versions'])('fails while collection%s cannot', async (suffix) => {
    const { connection } = replica();
    await connection.check(signal);
    await qdrant.setFault(
      { kind: 'status', status: 503 },
      { only: `/collections/${collection}${suffix}/points/count` },
    );
    expect((await failure(connection.check(signal))).fault).toBe('server');
  });

  test('fails while another embedding model is served than before, and nothing is stored or found until it is back', async () => {
    const { connection, store, retrieve } = replica();
    await store.put('t', text('zeppelin', 'a'));
    await tei.setFault({ kind: 'status', status: 200, body: { model_id: 'acme/other' } }, { only: '/info' });
    expect(await failure(connection.check(signal))).toBeInstanceOf(EmbeddingModelMismatchError);
    expect(await failure(retrieve('t', 'zeppelin'))).toBeInstanceOf(EmbeddingModelMismatchError);
    expect(await failure(store.put('t', text('balloon', 'b')))).toBeInstanceOf(EmbeddingModelMismatchError);
    expect(await failure(connection.check(signal))).toBeInstanceOf(EmbeddingModelMismatchError);
    await tei.clearFaults();
    await connection.check(signal);
    expect(await retrieve('t', 'zeppelin')).toHaveLength(1);
  });

  test('of another embedding model is not made anew by each question', async () => {
    const { connection, store, retrieve } = replica();
    await store.put('t', text('zeppelin', 'a'));
    await tei.setFault({ kind: 'status', status: 200, body: { model_id: 'acme/other' } }, { only: '/info' });
    await failure(connection.check(signal));
    await failure(retrieve('t', 'zeppelin'));
    const before = qdrant.requests;
    expect(await failure(retrieve('t', 'zeppelin'))).toBeInstanceOf(EmbeddingModelMismatchError);
    expect(qdrant.requests).toBe(before);
  });

  test('passes again after a model with vectors of another length, also where that was the first one seen', async () => {
    await replica().connection.setUp();
    const port = await freePort();
    const other = await startTei({ port, dimension: 32, model: 'acme/other' });
    const moved = new TeiEmbedder(other.url);
    const { connection, store } = replica(moved);
    expect(await failure(connection.check(signal))).toBeInstanceOf(DimensionMismatchError);
    await other.close();
    const right = await startTei({ port });
    await until('it is reached', () =>
      moved.check(signal).then(
        () => true,
        () => false,
      ),
    );
    await connection.check(signal);
    expect(await store.put('t', text('x'))).toMatchObject({ status: 'created' });
    await Promise.all([moved.close(), right.close()]);
  });

  test.each<Fault>([{ kind: 'hang' }, { kind: 'reset' }, { kind: 'status', status: 500 }])(
    'says nothing of an embedding service that fails (%j)',
    async (fault) => {
      const { connection } = replica();
      await connection.check(signal);
      await tei.setFault(fault);
      await connection.check(signal);
      const before = qdrant.requests;
      await connection.setUp();
      expect(qdrant.requests).toBe(before);
    },
  );

  test('of two replicas that begin at once with two models fails for one of them, at the latest the second time', async () => {
    const other = await startTei({ model: 'acme/other' });
    const otherEmbedder = new TeiEmbedder(other.url);
    const replicas = [replica(), replica(otherEmbedder)];
    const checked = () => Promise.allSettled(replicas.map(({ connection }) => connection.check(signal)));
    await checked();
    expect((await checked()).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await Promise.all([otherEmbedder.close(), other.close()]);
  });
});

describe('what is stored', () => {
  test('is there after a crash of Qdrant', async () => {
    const { store, retrieve } = replica();
    await store.put('t', text('zeppelin', 'a'));
    await qdrant.restart();
    expect(await retrieve('t', 'zeppelin')).toHaveLength(1);
    expect(await store.put('t', text('zeppelin', 'a'))).toMatchObject({ status: 'unchanged' });
  });
});
