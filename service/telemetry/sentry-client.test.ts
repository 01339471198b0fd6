import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, until } from '../../test/processes.ts';
import { startSentryStandin, type SentryStandin } from '../../test/standins/sentry.ts';
import { UnavailableError } from '../pipeline/errors.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { signatureOf } from './error-signature.ts';
import type { Incident, IncidentPlace } from './incidents.ts';
import type { Logger } from './logger.ts';
import { SentryClient } from './sentry-client.ts';

let sentry: SentryStandin;
let client: SentryClient;
const lines: unknown[] = [];
const keep = (fields: unknown, text?: string) => void lines.push(text === undefined ? fields : [fields, text]);
const log = { warn: keep, info: keep } as unknown as Logger;

beforeEach(async () => {
  lines.length = 0;
  // A port of its own, so that nobody else has it while the stand-in refuses.
  sentry = await startSentryStandin({ port: await freePort() });
  client = new SentryClient({ dsn: sentry.dsn, environment: 'production', release: '1.2.3', log });
});
afterEach(async () => {
  await client.close(1);
  await sentry.close();
});

const request: IncidentPlace = {
  kind: 'unexpected',
  route: '/query',
  requestId: 'r1',
  span: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
};

function report(error: Error, place: IncidentPlace = request): Incident {
  const { route } = place;
  const time = '2026-01-02T03:04:05.000Z';
  const incident = {
    ...signatureOf(error, route),
    ...{ route, count: 3, first_seen: time, last_seen: time, request_ids: ['r1'], trace_id: null },
  };
  client.report(error, incident, place);
  return incident;
}

async function sent(error: Error, place: IncidentPlace = request) {
  const incident = report(error, place);
  await until('the report arrives', () => sentry.events.length === 1);
  return { event: sentry.events[0], incident };
}

describe('a report', () => {
  it('says what happened, where, in which version, and nothing of the machine or the request', async () => {
    const { event, incident } = await sent(new TypeError('row 17 is bad'));
    expect(event).toEqual({
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      timestamp: expect.any(Number) as number,
      platform: 'node',
      level: 'error',
      release: '1.2.3',
      environment: 'production',
      fingerprint: [incident.fingerprint],
      exception: {
        values: [
          {
            type: 'TypeError',
            value: 'row 17 is bad',
            stacktrace: { frames: expect.any(Array) as unknown },
            mechanism: { type: 'generic', handled: true },
          },
        ],
      },
      tags: { route: '/query', request_id: 'r1' },
      contexts: {
        incident: { count: 3, first_seen: '2026-01-02T03:04:05.000Z' },
        trace: { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' },
      },
    });
  });

  it('has the frames of the stack, the innermost last, with paths as seen from the service', async () => {
    const { event } = await sent(new Error('a'));
    const frames = event?.exception?.values?.[0]?.stacktrace?.frames ?? [];
    expect(frames.at(-1)).toEqual({
      filename: 'telemetry/sentry-client.test.ts',
      function: expect.any(String) as string,
      lineno: expect.any(Number) as number,
      colno: expect.any(Number) as number,
      in_app: true,
    });
    expect(frames.filter(({ filename }) => filename?.startsWith('/'))).toEqual([]);
  });

  it('has the causes before the error, and the words of an upstream’s failure, but of no other’s', async () => {
    const upstream = new UpstreamError('qwen', 'malformed', 'sent a body that is not JSON', {
      cause: new SyntaxError('Unexpected token in "planted words of a model"'),
    });
    const { event } = await sent(new UnavailableError('no model can answer', 5, upstream), {
      ...request,
      kind: 'failed',
    });
    expect(event?.exception?.values?.map(({ type, value }) => [type, value])).toEqual([
      ['SyntaxError', ''],
      ['UpstreamError', 'qwen: sent a body that is not JSON'],
      ['UnavailableError', 'no model can answer'],
    ]);
    expect(event).toMatchObject({ level: 'warning', tags: { dependency: 'qwen' } });
    expect(sentry.received.join()).not.toContain('planted');
  });

  it('holds no secret, in the message or in the stack, and no frame that a message made up', async () => {
    const error = new Error('redis://:planted@host\n    at planted (/planted/frame.ts:1:2)\n    at last');
    error.stack = `${error.stack ?? ''}\n    at api_key=planted (file:///x/y.ts:1:2)`;
    const { event } = await sent(error);
    const [exception] = event?.exception?.values ?? [];
    expect(exception?.value).toContain('redis://[redacted]@host');
    expect(JSON.stringify(exception?.stacktrace)).not.toContain('planted');
  });

  it('of an error outside of requests has no request and no trace', async () => {
    const { event } = await sent(new Error('a'), { kind: 'uncaught', route: 'process' });
    expect(event).toMatchObject({ level: 'fatal', tags: { route: 'process' } });
    expect(event?.tags).not.toHaveProperty('request_id');
    expect(event?.exception?.values?.[0]?.mechanism).toEqual({ type: 'generic', handled: false });
  });

  it('has no frames when the error has no stack', async () => {
    const error = Object.assign(new Error('a'), { stack: undefined });
    expect((await sent(error)).event?.exception?.values?.[0]).not.toHaveProperty('stacktrace');
  });
});

describe('Sentry', () => {
  const cannot = (reason: unknown) => [{ reason }, 'incidents cannot be reported to Sentry'];
  const reportMany = (count: number) => {
    for (let n = 0; n < count; n += 1) report(new Error('a'));
  };

  it.each([
    [{ kind: 'status', status: 500 }, 'answered with status 500'],
    [{ kind: 'status', status: 302 }, 'answered with status 302'],
    [{ kind: 'reset' }, 'ECONNRESET'],
    [{ kind: 'refuse' }, 'ECONNREFUSED'],
  ] as const)('that fails by %j is said once, and once when it works again', async (fault, reason) => {
    await sentry.setFault(fault);
    for (let n = 0; n < 3; n += 1) {
      reportMany(2);
      await until('that is noticed', () => lines.length > 0);
    }
    // Each report has had its answer before the next begins to count.
    await client.close(5_000);
    expect(lines).toEqual([cannot(reason)]);

    client = new SentryClient({ dsn: sentry.dsn, environment: 'production', release: '1.2.3', log });
    lines.length = 0;
    report(new Error('a'));
    await until('that is noticed', () => lines.length > 0);
    await sentry.clearFaults();
    report(new Error('a'));
    await until('it works again', () => lines.length === 2);
    report(new Error('a'));
    await until('it still works', () => sentry.events.length === 2);
    expect(lines).toEqual([cannot(reason), [{}, 'incidents are reported to Sentry again']]);
  });

  it.each([
    { kind: 'status', status: 429 },
    { kind: 'status', status: 503, retryAfter: 600 },
  ] as const)('that asks for fewer reports is left alone: %j', async (fault) => {
    await sentry.setFault(fault);
    report(new Error('a'));
    await until('that is noticed', () => lines.length > 0);
    await sentry.clearFaults();
    reportMany(3);
    await client.close(5_000);
    expect([sentry.requests, lines]).toEqual([1, [cannot(`answered with status ${fault.status}`)]]);
  });

  it('has eight reports under way at most, and further ones are not kept', async () => {
    await sentry.setFault({ kind: 'slow', ms: 100 });
    reportMany(30);
    await client.close(10_000);
    expect([sentry.events.length, sentry.requests]).toEqual([8, 8]);
  });

  it('that hangs is given up after some seconds', async () => {
    await sentry.setFault({ kind: 'hang' });
    report(new Error('a'));
    await until('that is noticed', () => lines.length > 0);
    expect(lines).toEqual([cannot('TimeoutError')]);
    await until('the connection is closed', () => sentry.aborts.length === 1);
  });

  it('that hangs is given up at the end', async () => {
    await sentry.setFault({ kind: 'hang' });
    report(new Error('a'));
    await until('it arrives', () => sentry.requests === 1);
    await client.close(50);
    expect(lines).toEqual([cannot('UND_ERR_DESTROYED')]);
    await until('the connection is closed', () => sentry.openSockets === 0);
  });

  it('has what was under way at the end', async () => {
    await sentry.setFault({ kind: 'slow', ms: 100 });
    report(new Error('a'));
    await client.close(10_000);
    expect(sentry.events).toHaveLength(1);
  });
});
