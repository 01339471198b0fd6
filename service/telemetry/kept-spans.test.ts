import { SpanKind, SpanStatusCode, TraceFlags, type HrTime, type SpanOptions } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import { KeptSpans } from './kept-spans.ts';

const slowMs = 1500;
const server = { kind: SpanKind.SERVER };

/** What is passed on of spans that head sampling did not choose, or did. */
function kept(chosen = false, room = true) {
  const passed: ReadableSpan[] = [];
  const next = { onEnd: (span: ReadableSpan) => void passed.push(span) } as unknown as SpanProcessor;
  const provider = new TracerProvider({
    sampler: createAlwaysRecordSampler(chosen ? new AlwaysOnSampler() : new AlwaysOffSampler()),
    spanProcessors: [new KeptSpans(next, { admit: () => room }, slowMs)],
  });
  return { tracer: provider.getTracer('test'), passed };
}

/** A span of so many milliseconds. */
function spanOf(milliseconds: number, options: SpanOptions, status = SpanStatusCode.UNSET, from = kept()) {
  const span = from.tracer.startSpan('a span', { ...options, startTime: [1000, 0] });
  span.setStatus({ code: status });
  const end: HrTime = [1000 + Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
  span.end(end);
  return { span, passed: from.passed };
}

describe('of a trace that head sampling did not choose', () => {
  test.each([
    ['is kept when it failed', 1, server, SpanStatusCode.ERROR, 1],
    ['is kept when it was as slow as that', slowMs, server, SpanStatusCode.UNSET, 1],
    ['is not kept when it was faster', slowMs - 1, server, SpanStatusCode.UNSET, 0],
    ['is not kept when all was well', 1, server, SpanStatusCode.OK, 0],
  ])("a request's span %s", (_what, duration, options, status, expected) => {
    expect(spanOf(duration, options, status).passed).toHaveLength(expected);
  });

  test('no other span is kept', () => {
    expect(spanOf(slowMs, { kind: SpanKind.CLIENT }, SpanStatusCode.ERROR).passed).toEqual([]);
  });

  test('the kept span is marked as chosen, while what was passed on to others stays as it was', () => {
    const { span, passed } = spanOf(slowMs, { ...server, attributes: { route: '/query' } });
    const { traceId, spanId, traceFlags } = span.spanContext();

    expect(traceFlags).toBe(TraceFlags.NONE);
    expect(passed[0]?.spanContext()).toMatchObject({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
    expect(passed[0]).toMatchObject({ name: 'a span', attributes: { route: '/query' }, duration: [1, 5e8] });
  });
});

test('every span of a chosen trace is passed on as it is', () => {
  const { span, passed } = spanOf(1, {}, SpanStatusCode.UNSET, kept(true));
  expect(passed).toEqual([span]);
});

test('what there is no room for is not passed on', () => {
  expect(spanOf(1, server, SpanStatusCode.UNSET, kept(true, false)).passed).toEqual([]);
});
