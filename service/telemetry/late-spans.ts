import type { Context, Span, SpanContext, SpanOptions, Tracer } from '@opentelemetry/api';
import { AlwaysOnSampler, TracerProvider, type TracerProviderOptions } from '@opentelemetry/sdk-trace';

/**
 * Makes spans at their end. Only the end of a request shows whether it failed or was slow, and is kept though sampling did
 * not choose it. To record every request just to drop nearly all of them would take 2 to 3 % of the processor.
 */
export class LateSpans {
  /** Duration from which a request is slow, in milliseconds. */
  readonly slowMs: number;
  readonly #tracer: Tracer;
  #ids: Pick<SpanContext, 'traceId' | 'spanId'> = { traceId: '', spanId: '' };

  /** @param options of the other spans; who samples has no say here. */
  constructor(options: Omit<TracerProviderOptions, 'sampler' | 'idGenerator'>, slowMs: number) {
    this.slowMs = slowMs;
    const idGenerator = { generateTraceId: () => this.#ids.traceId, generateSpanId: () => this.#ids.spanId };
    this.#tracer = new TracerProvider({ ...options, idGenerator, sampler: new AlwaysOnSampler() }).getTracer('ballast');
  }

  /**
   * Begins, now or in the past, a span that is recorded and exported.
   *
   * @param ids that it went by until now, to upstreams and in the log.
   */
  begin(ids: Pick<SpanContext, 'traceId' | 'spanId'>, name: string, options: SpanOptions, parent: Context): Span {
    this.#ids = ids;
    return this.#tracer.startSpan(name, options, parent);
  }
}
