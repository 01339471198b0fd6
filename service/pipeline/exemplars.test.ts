import { expect, it } from 'vitest';
import { recordedTracing } from '../telemetry/testing.ts';
import { buildTestApp } from '../testing.ts';

/** Asks a question as a stream. Gives its spans, and trace and span of each exemplar, by histogram. */
async function ask(ratio: number) {
  const tracing = recordedTracing({ ratio });
  const { app, as } = await buildTestApp({ tracing });
  await as('acme').post('/query', { question: 'How fast?', stream: true });
  const accept = 'application/openmetrics-text; version=1.0.0';
  const { body } = await app.inject({ url: '/metrics', headers: { accept } });
  const exemplars = new Map<string, string[]>();
  for (const line of body.split('\n')) {
    const [, name = '', traceId, spanId] = /^(\w+)_bucket.* # \{trace_id="(\w+)",span_id="(\w+)"\}/.exec(line) ?? [];
    if (traceId) exemplars.set(name, [traceId, spanId ?? '']);
  }
  return { exemplars, spans: tracing.spans() };
}

it('the time of a question, of its first token, its search and its model call lead to its trace', async () => {
  const { exemplars, spans } = await ask(1);
  const idsOf = (name: string) => {
    const { traceId, spanId } = spans.find((span) => span.name === name) ?? expect.unreachable(name);
    return [traceId, spanId];
  };
  const request = idsOf('POST /query');
  expect(Object.fromEntries(exemplars)).toEqual({
    rag_query_duration_seconds: request,
    rag_time_to_first_token_seconds: request,
    rag_retrieval_duration_seconds: request,
    llm_request_duration_seconds: idsOf('chat embedded-extractive'),
  });
});

it('they lead to no trace that nobody recorded', async () => {
  expect((await ask(0)).exemplars.size).toBe(0);
});
