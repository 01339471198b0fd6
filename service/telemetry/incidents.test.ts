import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../pipeline/errors.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { Incidents, type Incident, type IncidentLogger, type IncidentPlace } from './incidents.ts';

type Line = readonly [string, unknown, string];

/** Incidents whose count, log and reports are kept. */
function keptIncidents() {
  const seen = { count: 0, lines: [] as Line[], reports: [] as Incident[], closed: 0 };
  const incidents = new Incidents({
    counter: { inc: () => (seen.count += 1) },
    reports: {
      report: (_error, incident) => void seen.reports.push(incident),
      close: async () => void (seen.closed += 1),
    },
  });
  const line = (level: string) => (fields: unknown, text: string) => void seen.lines.push([level, fields, text]);
  const log = { warn: line('warn'), error: line('error'), fatal: line('fatal') } as IncidentLogger;
  const record = (error: Error, place: Partial<IncidentPlace> = {}, now?: Date) =>
    incidents.record(error, { kind: 'unexpected', route: '/query', requestId: 'r', ...place }, log, now);
  return { incidents, seen, log, record };
}

describe('incidents', () => {
  it('group errors of one kind, numbers and IDs aside, and keep the first message', () => {
    const { incidents, seen, record } = keptIncidents();
    const first = record(new Error('row 17 is bad'), { requestId: 'r1' }, new Date('2026-01-01'));
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    record(new Error('row 4 is bad'), { requestId: 'r2', span }, new Date('2026-01-02'));

    expect(incidents.list()).toEqual([
      {
        fingerprint: first.fingerprint,
        error: 'Error',
        message: 'row 17 is bad',
        route: '/query',
        dependency: null,
        count: 2,
        first_seen: '2026-01-01T00:00:00.000Z',
        last_seen: '2026-01-02T00:00:00.000Z',
        request_ids: ['r1', 'r2'],
        trace_id: '0af7651916cd43dd8448eb211c80319c',
      },
    ]);
    expect(seen.count).toBe(2);
  });

  it('are apart where another dependency failed', () => {
    const { incidents, record } = keptIncidents();
    for (const model of ['qwen', 'mistral', 'qwen']) {
      const cause = new UpstreamError(model, 'server', 'answered with status 500');
      record(new UnavailableError('no model can answer', 5, cause), { kind: 'failed' });
    }
    expect(incidents.list().map(({ dependency, count }) => [dependency, count])).toEqual([
      ['qwen', 2],
      ['mistral', 1],
    ]);
  });

  it('need no request', () => {
    const { incidents, log } = keptIncidents();
    incidents.record(new Error('a'), { kind: 'uncaught', route: 'process' }, log);
    expect(incidents.list()).toMatchObject([{ route: 'process', request_ids: [], trace_id: null }]);
  });

  it('hold the last five requests', () => {
    const { incidents, record } = keptIncidents();
    for (let i = 1; i <= 7; i += 1) record(new Error('a'), { requestId: `r${i}` });
    expect(incidents.list()[0]).toMatchObject({ count: 7, request_ids: ['r3', 'r4', 'r5', 'r6', 'r7'] });
  });

  it('are at most 100, the one seen longest ago goes first', () => {
    const { incidents, record } = keptIncidents();
    const kind = (letters: number) => record(new Error(`kind ${'x'.repeat(letters)}`));
    for (let i = 0; i < 100; i += 1) kind(i);
    kind(0);
    kind(100);

    const messages = incidents.list().map(({ message }) => message.length - 'kind '.length);
    expect(messages).toHaveLength(100);
    expect(messages.slice(0, 3)).toEqual([100, 0, 99]);
    expect(messages).not.toContain(1);
  });
});

describe('an incident', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

  it('is reported at most once a minute', () => {
    const { seen, record } = keptIncidents();
    for (let second = 0; second < 150; second += 1) record(new Error('a'), {}, at(second));
    record(new Error('b'), {}, at(150));
    expect(seen.reports.map(({ message }) => message)).toEqual(['a', 'a', 'a', 'b']);
  });

  it('is logged each time when it is a bug, with the error', () => {
    const { seen, record } = keptIncidents();
    const err = new Error('a');
    for (let second = 0; second < 3; second += 1) record(err, {}, at(second));
    const { fingerprint } = record(err, { kind: 'uncaught' }, at(3));
    expect(seen.lines).toEqual([
      ...Array.from({ length: 3 }, () => ['error', { err, incident: fingerprint }, 'unexpected error']),
      ['fatal', { err, incident: fingerprint }, 'nobody caught this error: the process ends'],
    ]);
  });

  it('is logged with the trace of its request', () => {
    const { seen, record } = keptIncidents();
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    record(new Error('a'), { span });
    expect(seen.lines[0]?.[1]).toMatchObject({ trace_id: span.traceId });
  });

  it('is logged once a minute when a dependency is away, with what that did', () => {
    const { seen, record } = keptIncidents();
    const cause = new UpstreamError('qwen', 'server', 'answered with status 500');
    const err = new UnavailableError('no model can answer', 5, cause);
    for (let second = 0; second < 61; second += 1) record(err, { kind: 'failed' }, at(second));
    expect(seen.lines.map(([level]) => level)).toEqual(['warn', 'warn']);
    expect(seen.lines[0]?.[1]).toMatchObject({ err, dependency: 'qwen', cause: 'qwen: answered with status 500' });
    expect(seen.count).toBe(61);
  });

  it('is reported to the end when incidents are closed', async () => {
    const { incidents, seen } = keptIncidents();
    await incidents.close();
    expect(seen.closed).toBe(1);
    await new Incidents({ counter: { inc: () => {} } }).close();
  });
});
