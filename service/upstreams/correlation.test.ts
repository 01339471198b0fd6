import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../test/processes.ts';
import type { Fault } from '../../test/standins/faults.ts';
import { startLlmStandin } from '../../test/standins/llm.ts';
import { startStandin, type Standin, type StandinRequest } from '../../test/standins/standin.ts';
import { recordedTracing, type RecordedSpan } from '../telemetry/testing.ts';
import { buildTestApp, type TestClient } from '../testing.ts';

/** As much of Qdrant's answers as is read, by the end of the path; without documents. */
function qdrantResult({ method, path }: StandinRequest): unknown {
  if (path.endsWith('/points/query')) return { points: [] };
  if (path.endsWith('/points/scroll')) return { points: [], next_page_offset: null };
  if (path.endsWith('/points/count')) return { count: 0 };
  if (path.endsWith('/facet')) return { hits: [] };
  if (method === 'GET') {
    return { config: { params: { vectors: { size: path.endsWith('_versions') ? 1 : 2 } } } };
  }
  return { status: 'completed' };
}

/** What came in at an upstream for a request. */
interface Received {
  readonly path: string;
  readonly requestId: unknown;
  readonly traceparent: string;
}

const received: Received[] = [];
const noted = ({ path, headers }: StandinRequest) => {
  if (headers['x-request-id'] === undefined) return;
  received.push({ path, requestId: headers['x-request-id'], traceparent: String(headers['traceparent']) });
};

let qdrant: Standin<Fault>;
let tei: Standin<Fault>;
let llm: Awaited<ReturnType<typeof startLlmStandin>>;
beforeAll(async () => {
  qdrant = await startStandin({
    name: 'qdrant',
    answer: (request) => {
      noted(request);
      return { status: 200, body: { result: qdrantResult(request) } };
    },
  });
  tei = await startStandin({
    name: 'tei',
    answer: (request) => {
      noted(request);
      const { inputs = [] } = (request.body ?? {}) as { inputs?: unknown[] };
      return { status: 200, body: inputs.map(() => [1, 0]) };
    },
  });
  llm = await startLlmStandin();
});
afterAll(() => Promise.all([qdrant.close(), tei.close(), llm.close()]));

/** An app with every upstream, to which every request is slow. Gives what a request left in them, and its spans. */
async function build(ratio: number) {
  const tracing = recordedTracing({ ratio, slowSeconds: 0 });
  const env = { QDRANT_URL: qdrant.url, TEI_URL: tei.url, LLM_BASE_URL: llm.url };
  const test = await buildTestApp({ env, tracing });
  const after = async (work: Promise<{ headers: Record<string, unknown> }>) => {
    received.length = 0;
    const id = (await work).headers['x-request-id'];
    const { 'x-request-id': requestId, traceparent } = llm.lastHeaders;
    const path = '/v1/chat/completions';
    if (requestId === id) received.push({ path, requestId, traceparent: String(traceparent) });
    const root = () => tracing.spans().find(({ attributes }) => attributes['ballast.request_id'] === id);
    await until('the request has ended', () => root() !== undefined);
    const traceId = root()?.traceId;
    return { id, calls: [...received], spans: tracing.spans().filter((span) => span.traceId === traceId) };
  };
  return { client: test.as('acme'), after };
}

/** The span that a call came from, by what it carries. */
const senderOf = ({ traceparent }: Received, spans: readonly RecordedSpan[]) =>
  spans.find(({ traceId, spanId }) => traceparent === `00-${traceId}-${spanId}-01`);

describe('what is asked of other servers for a question', () => {
  it('carries its ID, and the span that it was sent from', async () => {
    const { client, after } = await build(1);
    const { id, calls, spans } = await after(client.post('/query', { question: 'a new question' }));
    expect(calls.map(({ requestId }) => requestId)).toEqual(calls.map(() => id));
    const sent = calls.map((call) => [call.path, senderOf(call, spans)?.name, senderOf(call, spans)?.parent]);
    expect(sent).toEqual([
      ['/collections/ballast_versions/points/scroll', 'vector_db', 'POST /query'],
      ['/embed', 'embeddings', 'retrieval'],
      ['/collections/ballast/points/query', 'vector_db', 'retrieval'],
      ['/v1/chat/completions', 'chat mistral', 'generation'],
    ]);
    expect(calls.map((call) => senderOf(call, spans)?.kind)).toEqual(Array(4).fill('CLIENT'));
  });

  it('is described by the conventions for databases and embeddings', async () => {
    const { client, after } = await build(1);
    const { spans } = await after(client.post('/query', { question: 'another question' }));
    const below = spans.filter(({ parent }) => parent === 'retrieval');
    expect(below.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'embeddings',
        {
          'gen_ai.operation.name': 'embeddings',
          'gen_ai.provider.name': 'text_embeddings_inference',
          'server.address': '127.0.0.1',
          'server.port': Number(new URL(tei.url).port),
        },
      ],
      [
        'vector_db',
        {
          'db.system.name': 'qdrant',
          'db.operation.name': 'query',
          'db.collection.name': 'ballast',
          'server.address': '127.0.0.1',
          'server.port': Number(new URL(qdrant.url).port),
        },
      ],
    ]);
  });

  it('carries both too when nobody chose its trace, and says so', async () => {
    const { client, after } = await build(0);
    const { id, calls, spans } = await after(client.post('/query', { question: 'one more question' }));
    const [root] = spans;
    expect(spans).toHaveLength(1);
    expect(calls).toHaveLength(4);
    for (const { requestId, traceparent } of calls) {
      expect(requestId).toBe(id);
      expect(traceparent).toBe(`00-${root?.traceId}-${root?.spanId}-00`);
    }
  });
});

describe('what is asked of other servers for documents', () => {
  const passages = '/collections/ballast';
  const versions = '/collections/ballast_versions';

  it.each<{ what: string; ask: (client: TestClient) => ReturnType<TestClient['get']>; paths: string[] }>([
    { what: 'a list', ask: (client) => client.get('/v1/documents'), paths: [`${passages}/points/scroll`] },
    {
      what: 'a removal',
      ask: (client) => client.remove('/v1/documents/a'),
      paths: [
        `${passages}/facet`,
        `${passages}/points/count`,
        `${passages}/points/scroll`,
        `${versions}/points/scroll`,
      ],
    },
    {
      what: 'a new document',
      ask: (client) => client.post('/v1/documents', { id: 'a', text: 'Some text.' }),
      paths: [`${passages}/facet`, `${passages}/points/scroll`, `${passages}/points`, `${versions}/points`, '/embed'],
    },
  ])('carries the ID and the span too: $what', async ({ ask, paths }) => {
    const { client, after } = await build(1);
    const { id, calls, spans } = await after(ask(client));
    expect([...new Set(calls.map(({ path }) => path))].sort()).toEqual([...paths].sort());
    for (const call of calls) {
      expect(call.requestId).toBe(id);
      const parent = expect.stringMatching('documents') as string;
      expect(senderOf(call, spans)).toMatchObject({ kind: 'CLIENT', parent });
    }
  });
});
