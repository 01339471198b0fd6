import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../contract/config.ts';
import { BoundedExport } from './bounded-export.ts';
import type { ExportReport } from './export-report.ts';
import { LateSpans } from './late-spans.ts';
import { batches, exporterOptions, resourceOf, shutDown } from './otlp.ts';

/** Makes the spans of the service, and sends them on where there is somewhere to send them to. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Makes spans that are never recorded, but have IDs: of probes and scrapes. */
  readonly silent: Tracer;
  /** Makes the span of a request that was not chosen, but is kept. Absent where nothing is recorded. */
  readonly late?: LateSpans;
  /** Sends what is still held, as far as it can within a quarter of a second. Never fails. */
  close(): Promise<void>;
}

/**
 * Without an endpoint nothing is recorded; trace IDs are still made and passed on.
 *
 * @param report is told how the export goes.
 */
export function createTracing(config: Config, version: string, instance: string, report?: ExportReport): Tracing {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return { tracer: silent, silent, close: async () => undefined };
  const exporter = new BoundedExport(new OTLPTraceExporter(exporterOptions(endpoint, '/v1/traces', config)), report);
  return recordingTracing(
    config,
    admitting(exporter, new BatchSpanProcessor({ exporter, ...batches })),
    resourceOf(config, version, instance),
  );
}

/**
 * Records what is chosen: the caller's decision counts, else the ratio.
 *
 * @param processor is given each span at its end.
 */
export function recordingTracing(
  config: Pick<Config, 'OTEL_TRACES_SAMPLER_ARG' | 'TRACE_SLOW_SECS'>,
  processor: SpanProcessor,
  resource?: Resource,
): Tracing {
  const options = {
    ...(resource && { resource }),
    spanProcessors: [processor],
    // An attribute of a span that is held is no longer than this, so that what is held has a bound in bytes too.
    spanLimits: { attributeValueLengthLimit: 2048 },
  };
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) });
  const provider = new TracerProvider({ ...options, sampler });
  return {
    tracer: provider.getTracer('ballast'),
    silent,
    late: new LateSpans(options, config.TRACE_SLOW_SECS * 1000),
    close: () => shutDown(provider),
  };
}

const silent = new TracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('ballast');

/** Passes on the spans there is room for. */
function admitting(room: BoundedExport<ReadableSpan>, next: SpanProcessor): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (room.admit()) next.onEnd(span);
    },
    forceFlush: () => next.forceFlush(),
    shutdown: () => next.shutdown(),
  };
}
