import type { Histogram } from 'prom-client';
import type { Trace } from './trace.ts';

/**
 * One series of a histogram with exemplars: an observation in a trace that is sampled leaves its trace and span in its
 * bucket, so that a dashboard leads from a slow bucket to a trace that is slow.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#exemplars
 */
export class TracedHistogram {
  readonly #parent: Histogram;
  readonly #child: Histogram.Internal<string>;
  readonly #labels: Readonly<Record<string, string>>;

  /** A series of a histogram that was made with `enableExemplars`. */
  constructor(parent: Histogram, labels: Readonly<Record<string, string>>) {
    this.#parent = parent;
    this.#labels = labels;
    this.#child = parent.labels(labels);
  }

  /** Counts a value, in the metric's unit. Without a sampled trace there is no exemplar, and it costs nothing. */
  observe(value: number, trace?: Trace): void {
    if (trace === undefined || !trace.sampled) {
      this.#child.observe(value);
      return;
    }
    const { traceId, spanId } = trace.span.spanContext();
    this.#parent.observe({
      labels: this.#labels,
      value,
      exemplarLabels: { trace_id: traceId, span_id: spanId },
    });
  }

  /** Starts a clock. The returned function stops it, counts the time and returns it, in seconds. */
  startTimer(): (trace?: Trace) => number {
    const startedAt = performance.now();
    return (trace) => {
      const seconds = (performance.now() - startedAt) / 1000;
      this.observe(seconds, trace);
      return seconds;
    };
  }
}
