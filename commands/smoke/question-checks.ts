import { routes } from '../../service/contract/http.ts';
import {
  citation,
  listDocumentsResponse,
  putDocumentResponse,
  queryResponse,
  type QueryResponse,
} from '../../service/contract/schemas.ts';
import { read, type CanaryAnswer } from '../promote/canary.ts';
import { expectThat, type SmokeCheck, type Specimen } from './check.ts';
import { eventsOf } from './event-stream.ts';

/** Time for an answer, in milliseconds: what a request may take unless the service is told otherwise, and some more. */
const answerTimeoutMs = 70_000;

/** A document is stored, found and answered from. {@link deleteCheck} deletes it again. */
export const questionChecks: readonly SmokeCheck[] = [
  {
    route: routes.putDocument,
    path: '/v1/documents',
    run: async (ask, { id, text }) => {
      const sent = { body: { id, text, format: 'text' }, timeoutMs: answerTimeoutMs };
      const stored = read(routes.putDocument, await ask('', sent), putDocumentResponse);
      expectThat(stored.id === id && stored.status === 'created', `${stored.id} is ${stored.status}, not created`);
      return `${stored.status} ${id}, ${stored.chunks} passage(s)`;
    },
  },
  {
    route: routes.listDocuments,
    path: '/v1/documents',
    run: async (ask, { id }) => {
      // The ID without its end comes right before it.
      const page = `?limit=1&after=${encodeURIComponent(id.slice(0, -1))}`;
      const { documents } = read(routes.listDocuments, await ask(page), listDocumentsResponse);
      expectThat(documents[0]?.id === id, `${id} is not among the documents`);
      return `lists ${id}`;
    },
  },
  {
    route: routes.query,
    path: '/query',
    run: async (ask, specimen) => {
      const sent = { body: { question: specimen.question, top_k: 20 }, timeoutMs: answerTimeoutMs };
      return answered(read(routes.query, await ask('', sent), queryResponse), specimen);
    },
  },
  {
    route: routes.query,
    path: '/v1/query',
    run: async (ask, specimen) => {
      const body = { question: `${specimen.question} Say where.`, top_k: 20, stream: true };
      return streamed(await ask('', { body, timeoutMs: answerTimeoutMs }), specimen);
    },
  },
  {
    route: routes.predict,
    path: '/v1/predict',
    run: async (ask, { id }) => {
      const schema = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] };
      const body = { input: `Answer with the word ${id} as JSON.`, schema, fallback };
      const sent = { body, timeoutMs: answerTimeoutMs };
      const { answer, error, model } = read(routes.predict, await ask('', sent), queryResponse);
      if (error) {
        const isFallback = JSON.stringify(answer) === JSON.stringify(fallback);
        expectThat(isFallback, 'the answer is neither valid by its schema nor the fallback');
        return `the fallback, since ${model} gave nothing that is valid by the schema`;
      }
      const { word } = (answer ?? {}) as { word?: unknown };
      expectThat(typeof word === 'string', 'the answer is not valid by its schema');
      return `JSON by its schema from ${model}`;
    },
  },
];

/** The document is deleted, and gone. */
export const deleteCheck: SmokeCheck = {
  route: routes.deleteDocument,
  path: '/v1/documents/:id',
  run: async (ask, { id }) => {
    const { status } = await ask('', { path: `/v1/documents/${encodeURIComponent(id)}` });
    expectThat(status === 204, `answered ${status}, not 204`);
    return `deleted ${id}`;
  },
};

/** What a model that gives no valid JSON is answered with. */
const fallback = { word: 'fallback' };

function answered({ answer, citations, model, degradation }: QueryResponse, { id }: Specimen): string {
  expectThat(typeof answer === 'string' && answer !== '', 'the answer is no text');
  expectThat(
    citations.some((each) => each.id.split('#')[0] === id),
    `the answer does not cite ${id}, which was just stored`,
  );
  return `cites ${id}, by ${model}, ${degradation}`;
}

function streamed({ type, text }: CanaryAnswer, specimen: Specimen): string {
  expectThat(type.startsWith('text/event-stream'), `the answer is no stream of events, but ${type}`);
  const events = eventsOf(text);
  const kinds = events.map(({ event }) => event);
  const last = events.at(-1);
  expectThat(last?.event === 'done', `the stream ends with ${last?.event ?? 'nothing'}, not with done`);
  const order = /^(token )+(citation )*done $/.test(kinds.map((kind) => `${kind} `).join(''));
  expectThat(order, `the events are ${kinds.join(', ')}; expected token, citation, done`);
  const done = queryResponse.safeParse(last.data);
  const citations = events.filter(({ event }) => event === 'citation');
  const isWhole = done.success && citations.every(({ data }) => citation.safeParse(data).success);
  expectThat(isWhole, 'its events do not hold what those of this version do');
  return `${events.length} events; ${answered(done.data, specimen)}`;
}
