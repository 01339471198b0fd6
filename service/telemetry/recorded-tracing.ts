import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { Trace } from './trace.ts';
import type { Tracing } from './tracing.ts';

/** A span as tests look at it. */
export interface RecordedSpan {
  readonly name: string;
  /** `SERVER`, `CLIENT` or `INTERNAL`. */
  readonly kind: string;
  /** Name of the span above it; its ID where that is another process's; `undefined` for the first one of a trace. */
  readonly parent: string | undefined;
  readonly attributes: ReadableSpan['attributes'];
  /** `UNSET` or `ERROR`. */
  readonly status: string;
  readonly message: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** Whether head sampling chose its trace. */
  readonly sampled: boolean;
  /** Trace and span that each link leads to. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** For tests: spans that are kept in memory. */
export interface RecordedTracing extends Tracing {
  /** Those that have ended, in the order of their ends. */
  readonly spans: () => RecordedSpan[];
  /** Begins a request of the ID `r-1`, in a new trace. */
  readonly begin: () => Trace;
}

/**
 * Records as the service does where there is an endpoint: the requests that are not chosen too.
 *
 * @param ratio of new traces that are chosen; all of them when absent.
 */
export function recordedTracing({ ratio = 1 } = {}): RecordedTracing {
  const ended: ReadableSpan[] = [];
  const memory = {
    onStart: () => undefined,
    onEnd: (span: ReadableSpan) => void ended.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  const provider = new TracerProvider({ sampler: createAlwaysRecordSampler(sampler), spanProcessors: [memory] });
  const tracer = provider.getTracer('test');
  return {
    tracer,
    silent: new TracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('test'),
    close: () => Promise.resolve(),
    spans: () => ended.map((span) => recorded(span, ended)),
    begin: () => Trace.begin(tracer, 'request', {}, {}, 'r-1'),
  };
}

function recorded(span: ReadableSpan, all: readonly ReadableSpan[]): RecordedSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const parentId = span.parentSpanContext?.spanId;
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    parent: parentId && (all.find((other) => other.spanContext().spanId === parentId)?.name ?? parentId),
    attributes: span.attributes,
    status: SpanStatusCode[span.status.code],
    message: span.status.message,
    traceId,
    spanId,
    sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
  };
}
