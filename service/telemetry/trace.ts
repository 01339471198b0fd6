import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace as traces,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { redact } from './redaction.ts';

const propagator = new W3CTraceContextPropagator();

/** Work that ended so was given up, by a client or by all who waited; it did not fail. */
const givenUp = new Set(['ClientGoneError', 'NobodyWaitsError']);

/** Headers of a request, as Node gives them. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Where in a trace work is done: the span that further spans become children of, and the request that all is for.
 *
 * It is passed on as an argument, since an AsyncLocalStorage would cost every promise of the hot path.
 */
export class Trace {
  /** The request's ID; empty for work that is no request's. */
  readonly requestId: string;
  readonly span: Span;
  readonly #tracer: Tracer | undefined;
  readonly #context: Context;

  private constructor(tracer: Tracer | undefined, context: Context, span: Span, requestId: string) {
    this.#tracer = tracer;
    this.#context = context;
    this.span = span;
    this.requestId = requestId;
  }

  /** Of work that belongs to no request, such as a health check. Nothing of it is recorded or passed on. */
  static readonly none: Trace = new Trace(undefined, ROOT_CONTEXT, traces.wrapSpanContext(INVALID_SPAN_CONTEXT), '');

  /** Begins the span of a request, in the trace of its caller when it has a valid `traceparent`, else in a new one. */
  static begin(tracer: Tracer, name: string, options: SpanOptions, headers: IncomingHeaders, requestId: string): Trace {
    const parent = parentIn(headers);
    const span = tracer.startSpan(name, options, parent);
    return new Trace(tracer, traces.setSpan(parent, span), span, requestId);
  }

  /** The trace ID: 32 hexadecimal digits. */
  get id(): string {
    return this.span.spanContext().traceId;
  }

  /** Whether head sampling has chosen this trace, so that all of its spans are recorded. */
  get sampled(): boolean {
    return (this.span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  /** What the request to an upstream carries, so that its logs and spans join up with ours. */
  headers(): Record<string, string> {
    if (this.#tracer === undefined) return {};
    const carrier: Record<string, string> = { 'x-request-id': this.requestId };
    propagator.inject(this.#context, carrier, defaultTextMapSetter);
    return carrier;
  }

  /** Does work in a child span, which ends with it, and fails when it throws. Costs nothing in a trace not sampled. */
  run<T>(name: string, work: (trace: Trace) => Promise<T>, options?: SpanOptions): Promise<T> {
    if (this.#tracer === undefined || !this.sampled) return work(this);
    const span = this.#tracer.startSpan(name, options, this.#context);
    return endWith(span, () =>
      work(new Trace(this.#tracer, traces.setSpan(this.#context, span), span, this.requestId)),
    );
  }

  /**
   * Adds to what the span of {@link run} says. In a trace not sampled there is none, only the request's own, which this
   * is not about; then the attributes are not even made.
   */
  note(attributes: () => Attributes): void {
    if (this.sampled) this.span.setAttributes(attributes());
  }

  /** What leads from another trace to this span: one link, none to what is no request's. */
  links(): Link[] {
    const context = this.span.spanContext();
    return traces.isSpanContextValid(context) ? [{ context }] : [];
  }
}

/** Where in a trace the caller of a request says that it is. */
export function parentIn(headers: IncomingHeaders): Context {
  const { tracestate } = headers;
  // It is passed on as it is, which a secret must not be.
  const isSecret = typeof tracestate === 'string' && redact(tracestate) !== tracestate;
  const passedOn = isSecret ? { ...headers, tracestate: undefined } : headers;
  return propagator.extract(ROOT_CONTEXT, passedOn, defaultTextMapGetter);
}

/** Ends a span with the work that it is of, and says when that threw. */
export async function endWith<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Says on a span that its work threw. Only an upstream's error is quoted, since its message holds nothing that anyone
 * sent; what others quote may be a question. Those are told by their class.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 */
function failSpan(span: Span, error: unknown): void {
  if (error instanceof UpstreamError) {
    span.setAttribute('error.type', error.fault);
    span.setStatus({ code: SpanStatusCode.ERROR, message: redact(error.message) });
    return;
  }
  const name = error instanceof Error ? error.name : '_OTHER';
  span.setAttribute('error.type', name);
  if (!givenUp.has(name)) span.setStatus({ code: SpanStatusCode.ERROR });
}
