import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { BoundedExport } from './bounded-export.ts';

/**
 * Passes on what head sampling chose, and besides the span of each request that failed or was slow, which is known only at
 * its end. That one comes alone: nothing below it was recorded.
 */
export class KeptSpans implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #room: Pick<BoundedExport<ReadableSpan>, 'admit'>;
  readonly #slowMs: number;

  /**
   * @param room is asked before each span is passed on.
   * @param slowMs duration from which a request is slow.
   */
  constructor(next: SpanProcessor, room: Pick<BoundedExport<ReadableSpan>, 'admit'>, slowMs: number) {
    this.#next = next;
    this.#room = room;
    this.#slowMs = slowMs;
  }

  onStart(): void {
    // Only the end of a span says whether it is kept.
  }

  onEnd(span: ReadableSpan): void {
    if (isSampled(span)) this.#pass(span);
    else if (span.kind === SpanKind.SERVER && this.#isKept(span)) this.#pass(asSampled(span));
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }

  #pass(span: ReadableSpan): void {
    if (this.#room.admit()) this.#next.onEnd(span);
  }

  #isKept({ status, duration }: ReadableSpan): boolean {
    return status.code === SpanStatusCode.ERROR || hrTimeToMilliseconds(duration) >= this.#slowMs;
  }
}

const isSampled = (span: ReadableSpan) => (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;

/** The same span, but with the flag without which nothing is exported. */
function asSampled(span: ReadableSpan): ReadableSpan {
  const context = span.spanContext();
  const sampled = { ...context, traceFlags: context.traceFlags | TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => sampled } }) as ReadableSpan;
}
