import { request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../service/contract/parse-config.ts';
import { Trace } from '../../service/telemetry/trace.ts';
import { createTracing } from '../../service/telemetry/tracing.ts';
import { startOtlpStandin, type OtlpOptions, type OtlpStandin } from './otlp.ts';

async function otlp(options?: OtlpOptions): Promise<OtlpStandin> {
  const standin = await startOtlpStandin(options);
  onTestFinished(standin.close);
  return standin;
}

/** Sends one span, with a child that failed, through the service's own exporter; gives the root's IDs. */
async function sendSpans(endpoint: string) {
  const config = parseConfig({ JWT_SECRET: 'x'.repeat(32), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const tracing = createTracing(config, '1.2.3', 'an-instance');
  const root = Trace.begin(
    tracing.tracer,
    'root',
    { attributes: { text: 'a', number: 2, fraction: 0.5, flag: true, list: ['x', 'y'] } },
    {},
    'a-request',
  );
  const failed = root.run(
    'child',
    async ({ span }) => {
      span.addEvent('happened', { where: 'here' });
      throw new Error('went wrong');
    },
    { links: root.links() },
  );
  await expect(failed).rejects.toThrow('went wrong');
  root.span.end();
  await tracing.close();
  return root.span.spanContext();
}

describe('the stand-in for an OTLP collector', () => {
  test('gives the spans that an exporter sends, with all that is looked at', async () => {
    const collector = await otlp();
    const { traceId, spanId } = await sendSpans(collector.url);

    expect(collector.requests).toBe(1);
    const [child, root] = collector.trace(traceId);
    expect(root).toMatchObject({
      spanId,
      parentSpanId: undefined,
      name: 'root',
      kind: 'internal',
      attributes: { text: 'a', number: 2, fraction: 0.5, flag: true, list: ['x', 'y'] },
      status: { code: 'unset' },
      sampled: true,
      resource: { 'service.name': 'ballast', 'service.version': '1.2.3', 'service.instance.id': 'an-instance' },
    });
    expect(child).toMatchObject({
      parentSpanId: spanId,
      links: [{ traceId, spanId }],
      events: [{ name: 'happened', attributes: { where: 'here' } }],
      status: { code: 'error' },
    });
    expect(root?.duration).toBeGreaterThanOrEqual(child?.duration ?? Infinity);
  });

  test('passes traces on to another receiver, with headers of its own', async () => {
    const behind = await otlp();
    const collector = await otlp({
      relayTraces: { url: `${behind.url}/v1/traces`, headers: { 'x-mlflow-experiment-id': '7' } },
    });
    const { traceId } = await sendSpans(collector.url);

    expect(behind.trace(traceId).map(({ name }) => name)).toEqual(['child', 'root']);
    expect(behind.headers).toMatchObject([{ 'x-mlflow-experiment-id': '7' }]);
    expect(collector.trace(traceId)).toHaveLength(2);
  });

  test('counts what meets a fault, and keeps nothing of it', async () => {
    const collector = await otlp();
    await collector.setFault({ kind: 'status', status: 500 }, { only: '/v1/traces' });
    await sendSpans(collector.url);

    expect(collector).toMatchObject({ requests: 1, spans: [], headers: [] });
  });

  test.each([
    ['/v1/metrics', 'application/x-protobuf', 404],
    ['/v1/traces', 'application/json', 415],
    ['/v1/traces', 'application/x-protobuf', 400],
    ['/v1/logs', 'application/x-protobuf', 400],
  ])('refuses what %s does not take as %s with %i', async (path, type, status) => {
    const collector = await otlp();
    const { statusCode, body } = await request(`${collector.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'no message',
    });
    await body.dump();
    expect(statusCode).toBe(status);
  });
});
