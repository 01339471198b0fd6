import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../service/contract/parse-config.ts';
import { createMetrics } from '../../service/telemetry/metrics.ts';
import { ExportReport } from '../../service/telemetry/export-report.ts';
import { createLogger } from '../../service/telemetry/logger.ts';
import { createOtlpLogs } from '../../service/telemetry/otlp-logs.ts';
import { createTracing } from '../../service/telemetry/tracing.ts';
import { startOtlpStandin, type OtlpStandin } from '../standins/otlp.ts';
import { until } from '../processes.ts';

async function otlp(): Promise<OtlpStandin> {
  const standin = await startOtlpStandin();
  onTestFinished(standin.close);
  return standin;
}

const configOf = (endpoint: string, more: Record<string, string> = {}) =>
  parseConfig({ JWT_SECRET: 'x'.repeat(32), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more });

/** Exports one span, and waits at most as long as the service does at its end. */
async function exportSpan(endpoint: string, more?: Record<string, string>): Promise<void> {
  const tracing = createTracing(configOf(endpoint, more), '1.2.3', 'an-instance');
  tracing.tracer.startSpan('a span').end();
  await tracing.close();
}

describe('the endpoint', () => {
  test.each([
    ['', 1],
    ['/', 1],
    ['/below/it', 0],
    ['/below/it/', 0],
  ])('may end in %j', async (end, spans) => {
    const collector = await otlp();
    // What the stand-in has no path for is counted as well.
    await exportSpan(`${collector.url}${end}`);
    await until('the span has arrived', () => collector.requests > 0 && collector.spans.length >= spans);

    expect(collector.requests).toBe(1);
    expect(collector.spans).toHaveLength(spans);
  });

  test('is spoken to by TLS when it is https', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const said = new Promise<Buffer>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('error', () => undefined).once('data', (data) => (resolve(data), socket.destroy()));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await exportSpan(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);

    // A TLS record of a handshake (RFC 8446, 5.1).
    expect((await said)[0]).toBe(22);
  });

  test('gets the headers that are configured, decoded', async () => {
    const collector = await otlp();
    await exportSpan(collector.url, { OTEL_EXPORTER_OTLP_HEADERS: 'X-Api-Key=a%2Cb%3Dc, x-tenant = us=er ' });
    await until('they have arrived', () => collector.headers.length > 0);

    expect(collector.headers).toMatchObject([{ 'x-api-key': 'a,b=c', 'x-tenant': 'us=er' }]);
  });

  test('that hangs holds up the end of the process for a moment only', async () => {
    const collector = await otlp();
    await collector.setFault({ kind: 'hang' });
    const events: string[] = [];
    const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '1', {
      write: () => void events.push('the export failed'),
    });
    const metrics = createMetrics({ models: [], variants: [], dependencies: [], breakers: [] });
    const report = new ExportReport('traces', metrics, log);
    const tracing = createTracing(configOf(collector.url), '1.2.3', 'an-instance', report);
    tracing.tracer.startSpan('a span').end();
    await tracing.close();
    events.push('closed');
    // The exporter gives up by itself in the end, and that is later.
    await until('it has failed', () => events.length > 1);
    expect(events).toEqual(['closed', 'the export failed']);
  });
});

describe('the log', () => {
  test('leaves line by line as it is, with level, time and trace ID', async () => {
    const collector = await otlp();
    const logs = createOtlpLogs(configOf(collector.url), '1.2.3', 'an-instance');
    const lines: string[] = [];
    const log = createLogger(
      { LOG_LEVEL: 'debug', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' },
      '1.2.3',
      { write: (line) => void lines.push(line) },
      logs,
    );
    const traceId = '0123456789abcdef0123456789abcdef';
    log.info({ trace_id: traceId, password: 'not to be seen' }, 'a request');
    for (const level of ['debug', 'warn', 'error', 'fatal'] as const) log[level]('a line');
    await logs?.close();
    await until('all have arrived', () => collector.logs.length >= lines.length);

    expect(collector.logs.map(({ body }) => body)).toEqual(lines.map((line) => line.trimEnd()));
    expect(JSON.stringify(collector.logs)).not.toContain('not to be seen');
    expect(collector.logs.map(({ severity, severityNumber }) => [severity, severityNumber])).toEqual([
      ['INFO', 9],
      ['DEBUG', 5],
      ['WARN', 13],
      ['ERROR', 17],
      ['FATAL', 21],
    ]);
    expect(collector.logs.map((record) => [record.traceId, record.spanId])).toEqual([
      [traceId, undefined],
      ...Array.from({ length: 4 }, () => [undefined, undefined]),
    ]);
    const { time } = JSON.parse(lines[0] ?? '') as { time: string };
    expect(collector.logs[0]).toMatchObject({
      time: Date.parse(time),
      resource: { 'service.name': 'ballast', 'service.version': '1.2.3', 'service.instance.id': 'an-instance' },
    });
  });

  test('is not copied without an endpoint', () => {
    expect(createOtlpLogs(parseConfig({ JWT_SECRET: 'x'.repeat(32) }), '1.2.3', 'an-instance')).toBeUndefined();
  });
});

describe('the report of an export', () => {
  test('is one line when it begins to fail and one when it works again, and a count of each failure', async () => {
    const collector = await otlp();
    const lines: Record<string, unknown>[] = [];
    const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', SERVICE_NAME: 'ballast' }, '1', {
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    });
    const metrics = createMetrics({ models: [], variants: [], dependencies: [], breakers: [] });
    const report = new ExportReport('traces', metrics, log);
    const tracing = createTracing(configOf(collector.url), '1.2.3', 'an-instance', report);
    onTestFinished(() => tracing.close());
    const failures = () => metrics.registry.getSingleMetricAsString('telemetry_export_failures_total');

    await collector.setFault({ kind: 'status', status: 500, body: 'a secret of the collector' });
    for (const count of [1, 2]) {
      tracing.tracer.startSpan('a span').end();
      await until('it has failed', async () => (await failures()).includes(`{signal="traces"} ${count}`));
    }
    await collector.clearFaults();
    tracing.tracer.startSpan('a span').end();
    await until('it works again', () => lines.length > 1);

    expect(lines).toMatchObject([
      { level: 'warn', signal: 'traces', reason: '500 Internal Server Error' },
      { level: 'info', signal: 'traces', msg: 'telemetry is exported again' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('a secret of the collector');
    expect(await failures()).toContain('{signal="logs"} 0');
  });
});
