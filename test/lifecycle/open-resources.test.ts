import { expect, inject, onTestFinished, test } from 'vitest';
import { eventsOf } from '../chaos/set-up.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { startOtlpStandin } from '../standins/otlp.ts';
import { startQdrant } from '../standins/qdrant.ts';
import { RedisStandin } from '../standins/redis.ts';
import { startSentryStandin } from '../standins/sentry.ts';
import { startTei } from '../standins/tei.ts';
import { RunningService } from '../running-service.ts';

test('after real traffic with every upstream, no socket, timer or thread is left when the service has stopped', async () => {
  const redis = await RedisStandin.start();
  onTestFinished(() => redis.stop());
  const [llm, tei, otlp, sentry, qdrant] = await Promise.all([
    startLlmStandin(),
    startTei(),
    startOtlpStandin(),
    startSentryStandin(),
    startQdrant({ python: inject('pythonWithQdrantEdge') }),
  ]);
  for (const standin of [llm, tei, otlp, sentry, qdrant]) onTestFinished(standin.close);
  const service = await RunningService.start({
    LLM_BASE_URL: llm.url,
    TEI_URL: tei.url,
    QDRANT_URL: qdrant.url,
    REDIS_URL: redis.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    SENTRY_DSN: sentry.dsn,
    SEMANTIC_CACHE_ENABLED: 'true',
    TENANT_BUDGET_USD_PER_DAY: '1000',
  });
  const put = await service.post('/v1/documents', { text: 'The sea is salty.', format: 'text' });
  expect(put.status).toBe(201);
  for (const question of ['Why is the sea salty?', 'Why is the sea salty?', 'How deep is the sea?']) {
    expect((await service.post('/query', { question })).status).toBe(200);
    const stream = await service.post('/query', { question: `${question} By stream.`, stream: true });
    expect(eventsOf(await stream.text()).at(-1)).toMatchObject({ event: 'done' });
  }
  // The validator is a thread of its own.
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  expect((await service.predict('how many?', { schema })).status).toBe(200);
  // One that fails on an upstream, and one that its client left.
  await llm.setFault({ kind: 'reset' });
  expect((await service.predict('fails', { mode: 'fast' })).status).toBe(503);
  await llm.setFault({ kind: 'hang' });
  await expect(service.predict('left', {}, AbortSignal.timeout(200))).rejects.toThrow();

  await service.stop();
  expect((await service.exit).code).toBe(0);
  expect(await service.logged('stopped')).toMatchObject({ open_resources: [] });
  expect(otlp.spans.length).toBeGreaterThan(0);
});
