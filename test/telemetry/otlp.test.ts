import { describe, expect, test } from 'vitest';
import { mostHeld } from '../../service/telemetry/bounded-export.ts';
import { batches } from '../../service/telemetry/otlp.ts';
import { until } from '../processes.ts';
import type { RunningService } from '../running-service.ts';
import type { Fault } from '../standins/faults.ts';
import { startTracedService } from './traced-service.ts';

const signals = ['traces', 'logs'] as const;

/** What the log says of the export of each signal, in order. */
const said = ({ log }: RunningService, signal: (typeof signals)[number]) =>
  log.filter((line) => line['signal'] === signal).map(({ level, msg }) => [level, msg]);

const cannot = ['warn', 'telemetry cannot be exported, and is dropped'];
const again = ['info', 'telemetry is exported again'];

/** A trace of its own, as a caller names it. */
const callersTrace = (number: number, sampled: boolean) => {
  const traceId = String(number).padStart(32, 'a');
  return { traceId, headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-${sampled ? '01' : '00'}` } };
};

describe('a question', () => {
  test('arrives as spans of one trace and as the very lines that standard output has', async () => {
    const { service, collector, ask } = await startTracedService();
    const response = await ask();
    const { trace_id: traceId } = (await response.json()) as { trace_id: string };

    expect(response.status).toBe(200);
    await until('its request has arrived', () => collector.trace(traceId).some(({ kind }) => kind === 'server'));
    const root = collector.trace(traceId).find(({ kind }) => kind === 'server');
    expect(root).toMatchObject({ name: 'POST /query', parentSpanId: undefined, sampled: true });
    const instance = service.log.find(({ msg }) => msg === 'ready')?.['instance'];
    const resource = { 'service.name': 'ballast', 'service.instance.id': instance };
    expect(root?.resource).toMatchObject(resource);

    await until('its log line has arrived', () => collector.logs.some((record) => record.traceId === traceId));
    const record = collector.logs.find((each) => each.traceId === traceId);
    const line = service.log.find((each) => each['trace_id'] === traceId);
    expect(JSON.parse(record?.body as string)).toEqual(line);
    expect(record).toMatchObject({ severity: 'INFO', time: Date.parse(line?.['time'] as string), resource });
  });

  test('is answered and nothing is said when the collector takes all, up to the last line', async () => {
    const { service, collector, ask } = await startTracedService();
    // The first export is slower than the later ones, and at its end the process waits for a moment only.
    await ask();
    await until('both signals have arrived', () => [collector.spans, collector.logs].every(({ length }) => length > 0));
    const { trace_id: traceId } = (await (await ask()).json()) as { trace_id: string };
    await service.stop();
    expect((await service.exit).code).toBe(0);

    await until('all lines have arrived', () => collector.logs.length >= service.log.length);
    const sent = collector.logs.map(({ body }) => JSON.parse(body as string) as Record<string, unknown>);
    expect(sent.map(({ msg }) => msg).at(-1)).toBe('stopped');
    expect(sent).toEqual(service.log);
    await until('its spans have arrived', () => collector.trace(traceId).some(({ kind }) => kind === 'server'));
    expect(signals.flatMap((signal) => said(service, signal))).toEqual([]);
  });
});

describe('head sampling', () => {
  test('at ratio 0 keeps what a caller chose, and of the rest only the requests that failed or were slow', async () => {
    const { ask, collector, llm } = await startTracedService({ OTEL_TRACES_SAMPLER_ARG: '0', TRACE_SLOW_SECS: '2' });
    const quick = (await (await ask()).json()) as { trace_id: string };
    await llm.setFault({ kind: 'slow', ms: 2100 }, { requests: 1, only: 'mistral' });
    const slow = (await (await ask()).json()) as { trace_id: string };
    await llm.setFault({ kind: 'hang' });
    // In this mode no other model takes over, so that the deadline ends the question.
    const failed = await ask({ 'request-timeout-secs': '0.2' }, 'fast');
    await llm.clearFaults();
    const chosen = callersTrace(1, true);
    await ask(chosen.headers);

    expect(failed.status).toBe(504);
    await until('the last has arrived', () => collector.trace(chosen.traceId).some(({ kind }) => kind === 'server'));
    expect(collector.trace(chosen.traceId).find(({ kind }) => kind === 'server')?.parentSpanId).toBe('b'.repeat(16));
    expect(collector.trace(chosen.traceId).length).toBeGreaterThan(1);
    expect(collector.trace(quick.trace_id)).toEqual([]);
    const resource = { 'service.name': 'ballast' };
    expect(collector.trace(slow.trace_id)).toMatchObject([{ name: 'POST /query', sampled: true, resource }]);
    const errors = collector.spans.filter(({ status }) => status.code === 'error');
    expect(errors).toMatchObject([{ name: 'POST /query', attributes: { 'http.response.status_code': 504 } }]);
  });

  test('at ratio 1 leaves out what a caller left out', async () => {
    const { ask, collector } = await startTracedService();
    const left = callersTrace(1, false);
    await ask(left.headers);
    const chosen = callersTrace(2, true);
    await ask(chosen.headers);

    await until('the later has arrived', () => collector.trace(chosen.traceId).some(({ kind }) => kind === 'server'));
    expect(collector.trace(left.traceId)).toEqual([]);
  });
});

describe.each<[string, Fault]>([
  ['refuses', { kind: 'refuse' }],
  ['hangs', { kind: 'hang' }],
  ['answers 500', { kind: 'status', status: 500 }],
])('a collector that %s', { timeout: 180_000 }, (_how, fault) => {
  test('fails no request, is said once and counted, holds back no more than it may, and works again', async () => {
    const { service, collector, ask, metrics } = await startTracedService();
    const count = async (name: string, signal: string) => (await metrics()).get(`${name}{signal="${signal}"}`) ?? 0;
    const dropsBoth = async () => {
      const dropped = await Promise.all(signals.map((signal) => count('telemetry_dropped_total', signal)));
      return dropped.every((number) => number > 0);
    };
    await collector.setFault(fault);
    // Each gives one span and one log line. Batches that are answered make room, so that nothing need be dropped.
    const drops = fault.kind !== 'status';
    const most = drops ? 20_000 : 2_600;
    let sent = 0;
    for (; sent < most && !(await dropsBoth()); sent += 50) {
      const answers = Array.from({ length: 50 }, () => fetch(`${service.url}/costs`));
      expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect((await ask()).status).toBe(200);

    for (const signal of signals) {
      const failedTwice = async () => (await count('telemetry_export_failures_total', signal)) >= 2;
      await until(`${signal} have failed twice`, failedTwice, 40_000);
      if (drops) {
        const dropped = await count('telemetry_dropped_total', signal);
        const failed = batches.maxExportBatchSize * (await count('telemetry_export_failures_total', signal));
        expect(dropped).toBeGreaterThan(0);
        expect(sent - dropped - failed).toBeLessThanOrEqual(mostHeld);
      }
      expect(said(service, signal)).toEqual([cannot]);
    }

    await collector.clearFaults();
    await until('both work again', async () => {
      await ask();
      return signals.every((signal) => said(service, signal).length > 1);
    });
    expect(signals.map((signal) => said(service, signal))).toEqual([
      [cannot, again],
      [cannot, again],
    ]);
    expect(service.errors).toBe('');
  });

  test('does not hold up the end of the process', async () => {
    const { service, collector, ask } = await startTracedService();
    await collector.setFault(fault);
    expect((await ask()).status).toBe(200);

    await service.stop();
    expect((await service.exit).code).toBe(0);
    expect(service.log.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
  });
});
