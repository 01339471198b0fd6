import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { buildTestApp, jwtSecret, modelThat, problemIn, type TestApp } from '../../service/testing.ts';
import { UpstreamError } from '../../service/resilience/upstream-error.ts';
import { ended, freePort, startServer, until } from '../processes.ts';
import type { Fault } from '../standins/faults.ts';
import { startQdrant, type QdrantStandin } from '../standins/qdrant.ts';
import type { Standin } from '../standins/standin.ts';
import { startTei, type TeiOptions } from '../standins/tei.ts';
import { breakerOf, metricOf, numberedModel, readinessOf, type NumberedModel } from './app.ts';

const checkIntervalMs = 200;

/**
 * How soon after a dependency is back it must be used: one check interval, and time for the check itself on a busy machine,
 * but not the 30 s that a breaker waits by itself.
 */
const recoveryMs = checkIntervalMs + 10_000;

let qdrant: QdrantStandin;
let tei: Standin<Fault>;
let model: NumberedModel;
let collections = 0;
beforeAll(async () => {
  qdrant = await startQdrant({ python: inject('pythonWithQdrantEdge'), port: await freePort() });
  tei = await startTei({ port: await freePort() });
});
afterAll(async () => {
  await qdrant.close();
  await tei.close();
});
beforeEach(() => {
  model = numberedModel({ say: ({ passages = [] }) => passages.map(({ text }) => text).join(' ') || 'no passages' });
});
afterEach(() => Promise.all([qdrant.clearFaults(), tei.clearFaults()]));

/** The environment of a service with documents in a new collection. */
function environment(): Record<string, string> {
  collections += 1;
  return { QDRANT_URL: qdrant.url, TEI_URL: tei.url, QDRANT_COLLECTION: `chaos-${process.pid}-${collections}` };
}

/** A corpus of one document. It is removed with the test. */
function corpus(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-corpus-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'notice.md'), text);
  return folder;
}

/** How a question was answered. */
async function ask(app: TestApp, question: string) {
  const { answer, citations, cached, degradation } = await app.as('acme').ask(question);
  return { answer: String(answer), sources: citations.map(({ id }) => id), cached, degradation };
}

/** States that a breaker went through, by the log. */
function statesOf(app: TestApp, name: string): unknown[] {
  return app.log().flatMap(({ upstream, circuit_state: state }) => (upstream === name && state ? [state] : []));
}

const hours = { id: 'hours', text: 'The harbour closes at nine in the evening.' };
const fees = { id: 'fees', text: 'Mooring costs forty dollars a night.' };

describe.each([
  { lost: 'the vector store', name: 'vector_db', standin: () => qdrant },
  { lost: 'the embedding service', name: 'embeddings', standin: () => tei },
] as const)('$lost lost', ({ name, standin }) => {
  test.each<Fault>([{ kind: 'refuse' }, { kind: 'status', status: 500 }, { kind: 'reset' }])(
    'by $kind: answers go on without documents, the breaker opens, and all is well one check after its return',
    async (fault) => {
      const app = await buildTestApp({ env: environment(), model, checkIntervalMs });
      const client = app.as('acme');
      for (const document of [hours, fees]) expect((await client.post('/v1/documents', document)).statusCode).toBe(201);
      const stored = await ask(app, 'When does the harbour close?');
      expect(stored).toMatchObject({ sources: ['hours'], cached: false, degradation: 'full' });

      await standin().setFault(fault);
      const asked = await Promise.all([1, 2, 3, 4, 5].map((boat) => ask(app, `What does mooring boat ${boat} cost?`)));
      for (const { answer, sources, degradation } of asked) {
        expect(answer).toMatch(/^#\d+ no passages$/);
        expect({ sources, degradation }).toEqual({ sources: [], degradation: 'cached' });
      }
      await until('the breaker is open', async () => {
        await ask(app, `What does mooring boat ${Math.random()} cost?`);
        return statesOf(app, name).includes('open');
      });
      expect(await metricOf(app, 'rag_degradation_mode{mode="cached"}')).toBe(1);

      // What was stored is given in full; what was answered without documents was not stored.
      expect(await ask(app, 'When does the harbour close?')).toEqual({ ...stored, cached: true });
      expect((await ask(app, 'What does mooring boat 1 cost?')).cached).toBe(false);
      await until('readiness says so', async () => !(await readinessOf(app)).checks[name]);
      expect(await readinessOf(app)).toMatchObject({ code: 200, status: 'degraded' });
      const refused = await client.post('/v1/documents', { id: 'new', text: 'Something new about the pier.' });
      expect(problemIn(refused)).toMatchObject({ status: 503, error: 'Unavailable' });
      expect(problemIn(refused).retry_after).toBeGreaterThanOrEqual(1);

      await standin().clearFaults();
      await until('a check ends the wait', async () => (await breakerOf(app, name)) !== 'open', recoveryMs);
      await until('the documents are searched', async () => {
        return (await ask(app, `What does mooring ${Math.random()} cost?`)).degradation === 'full';
      });
      await until('the breaker is closed', async () => {
        await ask(app, `What does mooring ${Math.random()} cost?`);
        return (await breakerOf(app, name)) === 'closed';
      });
      expect(statesOf(app, name).slice(-3)).toEqual(['open', 'half_open', 'closed']);
      await until('readiness says so', async () => (await readinessOf(app)).status === 'ready', recoveryMs);

      expect((await client.remove('/v1/documents/hours')).statusCode).toBe(204);
      const after = await ask(app, 'When does the harbour close?');
      expect(after.sources).not.toContain('hours');
      expect(after.answer).not.toContain('nine');
      expect(after.cached).toBe(false);
    },
  );
});

test('a vector store that accepts and stays silent holds no question up to its deadline', async () => {
  const app = await buildTestApp({ env: { ...environment(), REQUEST_TIMEOUT_SECS: '4' }, model, checkIntervalMs });
  await app.as('acme').post('/v1/documents', hours);
  await qdrant.setFault({ kind: 'hang' });
  const answered = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => ask(app, `When does harbour ${n} close?`)));
  for (const one of answered) {
    if (one.status === 'fulfilled') expect(one.value.degradation).toBe('cached');
    else expect(String(one.reason)).toContain('answered 504');
  }
  await until('the breaker is open', async () => (await breakerOf(app, 'vector_db')) === 'open');
  expect((await ask(app, 'When does the harbour close?')).degradation).toBe('cached');
});

describe('away at the start', () => {
  test.each<[string, readonly ('qdrant' | 'tei')[]]>([
    ['the vector store', ['qdrant']],
    ['both', ['qdrant', 'tei']],
  ])('%s: the service starts, and reads its corpus when they are back', async (_what, away) => {
    const standins = { qdrant, tei };
    await Promise.all(away.map((name) => standins[name].setFault({ kind: 'refuse' })));
    const folder = corpus('# Notice\n\nThe lighthouse is painted in May.');
    const app = await buildTestApp({ env: { ...environment(), CORPUS_DIR: folder }, model, checkIntervalMs });
    expect(await readinessOf(app)).toMatchObject({ code: 200, status: 'degraded', checks: { vector_db: false } });
    expect(await ask(app, 'When is the lighthouse painted?')).toMatchObject({ sources: [], degradation: 'cached' });

    await Promise.all(away.map((name) => standins[name].clearFaults()));
    await until('the corpus is read', async () => {
      const { sources, answer } = await ask(app, 'When is the lighthouse painted?');
      return sources.length > 0 && answer.includes('May');
    });
    await until('it is ready', async () => (await readinessOf(app)).status === 'ready', recoveryMs);
    await until('the log says so', () =>
      app.log().some(({ msg, documents }) => msg === 'corpus read' && documents === 1),
    );
  });
});

test('models and vector store both away: 503 that says when to ask again', async () => {
  const away = modelThat(() => Promise.reject(new UpstreamError('test-model', 'credentials', 'wants another key')));
  const app = await buildTestApp({ env: environment(), model: away, checkIntervalMs });
  await app.as('acme').post('/v1/documents', hours);
  const question = { question: 'When does the harbour close?' };
  const quoted = await app.as('acme').post('/query', question);
  expect(quoted.json()).toMatchObject({
    degradation: 'retrieval_only',
    answer: expect.stringContaining('nine') as string,
  });

  await qdrant.setFault({ kind: 'refuse' });
  for (let index = 0; index < 6; index += 1) {
    const response = await app.as('acme').post('/query', question);
    const problem = problemIn(response);
    expect(problem).toMatchObject({ status: 503, error: 'Unavailable' });
    expect(problem.retry_after).toBeGreaterThanOrEqual(1);
    expect(response.headers['retry-after']).toBe(String(problem.retry_after));
  }
  expect(await breakerOf(app, 'test-model')).toBe('open');
});

test.each([
  [{ dimension: 16 }, 'has vectors of dimension 384, but the embedding model makes vectors of dimension 16'],
  [{ model: 'acme/other' }, 'has vectors of the embedding model stand-in: hashed words, but TEI_URL serves acme/other'],
])('a collection of another model’s vectors (%j) stops the start, and says what to do', async (options, why) => {
  const env = environment();
  await buildTestApp({ env, model });
  const other = await startTei(options);
  onTestFinished(() => other.close());
  await expect(buildTestApp({ env: { ...env, TEI_URL: other.url }, model })).rejects.toThrow(why);

  const server = startServer({ ...env, TEI_URL: other.url, PORT: String(await freePort()), JWT_SECRET: jwtSecret });
  const { code, stdout } = await ended(server);
  expect(code).toBe(1);
  expect(stdout).toContain('choose the model that the documents were stored with, or another QDRANT_COLLECTION');
});

describe('another embedding model at the same address', () => {
  const question = 'When does the harbour close?';
  const why = 'TEI_URL serves acme/other';

  /** An embedding service that can be replaced by one with another model. */
  async function replaceableTei() {
    const port = await freePort();
    let current = await startTei({ port });
    onTestFinished(() => current.close());
    return {
      url: current.url,
      replace: async (options: TeiOptions) => {
        await current.close();
        current = await startTei({ ...options, port });
      },
      setFault: (fault: Fault) => current.setFault(fault),
    };
  }

  /** Why the documents are away. */
  const reason = (app: TestApp) => app.services.health.dependencies().get('vector_db')?.result?.reason;

  test.each<TeiOptions>([{ model: 'acme/other' }, { model: 'acme/other', dimension: 16 }])(
    'while the service runs (%j): answers go on without documents, nothing is stored, and all is well when it is back',
    async (options) => {
      const embeddings = await replaceableTei();
      const env = { ...environment(), TEI_URL: embeddings.url, CACHE_ENABLED: 'false' };
      const app = await buildTestApp({ env, model, checkIntervalMs });
      await app.as('acme').post('/v1/documents', hours);
      expect(await ask(app, question)).toMatchObject({ sources: ['hours'], degradation: 'full' });

      await embeddings.replace(options);
      await until('the check says so', () => reason(app)?.includes(why) === true);
      expect(await readinessOf(app)).toMatchObject({ code: 200, status: 'degraded', checks: { vector_db: false } });
      expect(await metricOf(app, 'dependency_up{dependency="vector_db"}')).toBe(0);
      expect(await ask(app, question)).toMatchObject({ sources: [], degradation: 'cached' });
      expect((await app.as('acme').post('/v1/documents', fees)).statusCode).toBe(503);

      await embeddings.replace({});
      await until('it is ready', async () => (await readinessOf(app)).status === 'ready', recoveryMs);
      expect(await ask(app, question)).toMatchObject({ sources: ['hours'], degradation: 'full' });
      expect((await app.as('acme').post('/v1/documents', fees)).statusCode).toBe(201);
    },
  );

  test('that comes after the start: the service goes on, and reads its corpus when the right one is back', async () => {
    const embeddings = await replaceableTei();
    const env = { ...environment(), TEI_URL: embeddings.url, CACHE_ENABLED: 'false' };
    await buildTestApp({ env, model });
    await embeddings.setFault({ kind: 'refuse' });
    const folder = corpus('# Notice\n\nThe harbour closes at nine in the evening.');
    const app = await buildTestApp({ env: { ...env, CORPUS_DIR: folder }, model, checkIntervalMs });
    expect((await readinessOf(app)).checks).toMatchObject({ vector_db: false, embeddings: false });

    await embeddings.replace({ model: 'acme/other' });
    await until('the check says so', () => reason(app)?.includes(why) === true);
    await until('the corpus is tried again', () =>
      app.log().some(({ msg }) => msg === 'the corpus could not be read; it is tried again'),
    );
    expect(await readinessOf(app)).toMatchObject({ code: 200, checks: { vector_db: false, embeddings: true } });
    expect(await ask(app, question)).toMatchObject({ sources: [], degradation: 'cached' });

    await embeddings.replace({});
    await until('the corpus is read', () => app.log().some(({ msg }) => msg === 'corpus read'));
    await until('it is ready', async () => (await readinessOf(app)).status === 'ready', recoveryMs);
    expect((await ask(app, question)).sources).toHaveLength(1);
  });
});

describe('the breaker of a dependency', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each(['vector_db', 'embeddings', 'cache'])('%s waits 30 s, and closes after two successes', async (name) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const env = { ...environment(), REDIS_URL: 'redis://127.0.0.1:1' };
    const app = await buildTestApp({ env, model, start: false });
    const breaker = app.services.health.dependencies().get(name)?.breaker;
    if (!breaker) throw new Error(`${name} has no breaker`);
    const state = () => breakerOf(app, name);
    const call = () => {
      const permit = breaker.tryAcquire();
      if (!permit) throw new Error('no call is let through');
      return permit;
    };
    const open = () => {
      for (let failures = 0; failures < 5; failures += 1) call().failure();
    };

    expect(await state()).toBe('closed');
    open();
    expect(await state()).toBe('open');
    vi.advanceTimersByTime(29_999);
    expect(await state()).toBe('open');
    expect(breaker.tryAcquire()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(await state()).toBe('half_open');
    call().success();
    expect(await state()).toBe('half_open');
    call().failure();
    expect(await state()).toBe('open');
    // A good check in the background ends the wait early.
    breaker.endWaitEarly();
    expect(await state()).toBe('half_open');
    call().success();
    call().success();
    expect(await state()).toBe('closed');
    expect(statesOf(app, name)).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
  });
});
