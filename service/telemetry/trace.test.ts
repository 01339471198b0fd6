import { describe, expect, it } from 'vitest';
import { NobodyWaitsError } from '../resilience/flight.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { recordedTracing } from './testing.ts';
import { Trace } from './trace.ts';

describe('work in a trace', () => {
  it('has a span below that of the step it is part of, and gives what it gives', async () => {
    const tracing = recordedTracing();
    const trace = tracing.begin();
    const given = await trace.run('outer', (outer) => outer.run('inner', async () => 42));
    trace.span.end();
    expect(given).toBe(42);
    expect(tracing.spans().map(({ name, parent }) => [name, parent])).toEqual([
      ['inner', 'outer'],
      ['outer', 'request'],
      ['request', undefined],
    ]);
  });

  it.each([
    ['an upstream’s error', new UpstreamError('llm', 'timeout', 'was silent'), 'ERROR', 'timeout', 'llm: was silent'],
    [
      'an error that may quote a client',
      new SyntaxError('"a question" is not JSON'),
      'ERROR',
      'SyntaxError',
      undefined,
    ],
    ['what is no error', 'a question', 'ERROR', '_OTHER', undefined],
    ['nobody who waits', new NobodyWaitsError(), 'UNSET', 'NobodyWaitsError', undefined],
  ])('ends with %s: throws it on, and says what is fit to be said', async (_what, error, status, type, message) => {
    const tracing = recordedTracing();
    await expect(tracing.begin().run('work', () => Promise.reject(error as Error))).rejects.toBe(error);
    expect(tracing.spans()).toMatchObject([{ status, message, attributes: { 'error.type': type } }]);
  });

  it('that nobody chose has no span, and makes no attributes of one', async () => {
    const tracing = recordedTracing({ ratio: 0 });
    const trace = tracing.begin();
    await trace.run('work', async (same) => {
      expect(same).toBe(trace);
      same.note(() => expect.unreachable('the attributes are made'));
    });
    trace.span.end();
    expect(tracing.spans()).toEqual([]);
  });
});

describe('what an upstream is sent', () => {
  it.each([
    { ratio: 1, flags: '01' },
    { ratio: 0, flags: '00' },
  ])('is the ID of the request, and its place in the trace with flags $flags', async ({ ratio, flags }) => {
    const trace = recordedTracing({ ratio }).begin();
    const { traceId, spanId } = trace.span.spanContext();
    expect(trace.headers()).toEqual({ 'x-request-id': 'r-1', traceparent: `00-${traceId}-${spanId}-${flags}` });
  });

  it('is nothing for what is no request’s', () => {
    expect(Trace.none.headers()).toEqual({});
    expect(Trace.none.links()).toEqual([]);
  });
});
