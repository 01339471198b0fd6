import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { root, until } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { startLiteLlm, type LiteLlm } from '../standins/litellm.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { startOtlpStandin, type OtlpStandin } from '../standins/otlp.ts';
import { MlflowServer } from '../stack/mlflow-server.ts';

const masterKey = 'sk-of-the-tests';
const requestId = 'one-question.of_the-tests';
/** The caller's own trace, in which the question is asked. */
const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

let model: LlmStandin;
let proxy: LiteLlm;
let mlflow: MlflowServer;
let collector: OtlpStandin;
/** Ends each of what was started, also when another was not. */
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  model = await startLlmStandin({ models: ['qwen'], reply: () => '{"port": 8000}' });
  ends.push(model.close);
  mlflow = await MlflowServer.create();
  ends.push(() => mlflow.remove());
  proxy = await startLiteLlm({ models: [{ name: 'qwen', apiBase: model.url }], masterKey });
  ends.push(() => proxy.stop());
  collector = await startOtlpStandin({
    relayTraces: { url: `${mlflow.url}/v1/traces`, headers: { 'x-mlflow-experiment-id': '0' } },
  });
  ends.push(collector.close);
}, 600_000);
afterAll(async () => {
  await Promise.allSettled(ends.map((end) => end()));
});

/** The real service with one model behind the proxy and the collector to send to; ends with the test. */
function startService(): Promise<RunningService> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-one-question-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const models = join(folder, 'models.json');
  const mode = { model: 'qwen', temperature: 0, fallback: null };
  writeFileSync(
    models,
    JSON.stringify({
      models: { qwen: { price_per_1k: { input: 0.5, output: 2 } } },
      modes: { creative: mode, balanced: mode, fast: mode },
    }),
  );
  return RunningService.start({
    CORPUS_DIR: join(root, 'docs', 'handbook'),
    MODELS_FILE: models,
    LLM_BASE_URL: `${proxy.url}/v1`,
    LLM_API_KEY: masterKey,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
}

interface SpanOfMlflow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
}

/** The spans of a trace as MLflow tells them. */
async function mlflowSpans(traceId: string): Promise<SpanOfMlflow[]> {
  const response = await fetch(`${mlflow.url}/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-${traceId}`);
  return response.ok ? ((await response.json()) as { spans: SpanOfMlflow[] }).spans : [];
}

/** As hexadecimal digits; MLflow tells some IDs in base64. */
const hex = (id: string) => (/^[0-9a-f]+$/.test(id) ? id : Buffer.from(id, 'base64').toString('hex'));

test('one question through the proxy is one log line, one trace and one exemplar, all under the same IDs', async () => {
  const service = await startService();
  const schema = { type: 'object', properties: { port: { type: 'integer' } }, required: ['port'] };
  const question = { question: 'How do I change the port?', schema };
  const headers = { 'x-request-id': requestId, traceparent: `00-${caller.traceId}-${caller.spanId}-01` };
  const response = await service.post('/query', question, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).toBe(requestId);
  expect(await response.json()).toMatchObject({
    answer: { port: 8000 },
    request_id: requestId,
    trace_id: caller.traceId,
  });

  // One log line.
  const ofRequest = () => service.log.filter((line) => line['request_id'] === requestId);
  await until('its line is logged', () => ofRequest().length > 0);
  expect(ofRequest()).toEqual([
    expect.objectContaining({ msg: 'request', trace_id: caller.traceId, route: '/query', status: 200, model: 'qwen' }),
  ]);

  // One trace: each span once, under its parent.
  const shape = [
    ['POST /query', undefined],
    ['cache', 'POST /query'],
    ['admission', 'POST /query'],
    ['retrieval', 'POST /query'],
    ['generation', 'POST /query'],
    ['chat qwen', 'generation'],
    ['guard', 'generation'],
  ] as const;
  await until('its spans are sent', () => collector.trace(caller.traceId).length >= shape.length);
  const spans = collector.trace(caller.traceId);
  const nameOf = (spanId: string | undefined) => spans.find((span) => span.spanId === spanId)?.name;
  expect(new Set(spans.map((span) => [span.name, nameOf(span.parentSpanId)].join(' < ')))).toEqual(
    new Set(shape.map((pair) => pair.join(' < '))),
  );
  expect(spans).toHaveLength(shape.length);
  expect(spans.find(({ name }) => name === 'POST /query')).toMatchObject({
    kind: 'server',
    parentSpanId: caller.spanId,
    attributes: { 'ballast.request_id': requestId, 'http.response.status_code': 200 },
  });
  expect(spans.find(({ name }) => name === 'chat qwen')).toMatchObject({
    kind: 'client',
    attributes: {
      'gen_ai.request.model': 'qwen',
      'gen_ai.usage.input_tokens': expect.any(Number) as number,
      'gen_ai.usage.output_tokens': expect.any(Number) as number,
      'gen_ai.usage.cost': expect.any(Number) as number,
    },
  });

  // The line of the log has left by OTLP too, in the same trace.
  await until('its line is sent', () => collector.logs.some(({ traceId }) => traceId === caller.traceId));

  // MLflow has the same spans under the same parents.
  await until('MLflow has its trace', async () => (await mlflowSpans(caller.traceId)).length >= shape.length);
  const edges = (await mlflowSpans(caller.traceId)).map(
    ({ name, span_id, parent_span_id }) => `${name} ${hex(span_id)} < ${hex(parent_span_id ?? '')}`,
  );
  expect(new Set(edges)).toEqual(
    new Set(spans.map(({ name, spanId, parentSpanId }) => `${name} ${spanId} < ${parentSpanId ?? ''}`)),
  );

  // One exemplar on the latency histogram leads to it.
  const metrics = await fetch(`${service.url}/metrics`, {
    headers: { Accept: 'application/openmetrics-text; version=1.0.0' },
  });
  const exemplars = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('rag_query_duration_seconds_bucket') && line.includes(' # '));
  expect(exemplars).toHaveLength(1);
  expect(exemplars[0]).toContain(`trace_id="${caller.traceId}"`);
}, 180_000);
