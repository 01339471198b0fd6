import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../contract/config.ts';
import { BoundedExport } from './bounded-export.ts';
import type { ExportReport } from './export-report.ts';
import { KeptSpans } from './kept-spans.ts';
import { batches, exporterOptions, resourceOf, shutDown } from './otlp.ts';

/** Makes the spans of the service, and sends them on where there is somewhere to send them to. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Makes spans that are never recorded, but have IDs: of probes and scrapes. */
  readonly silent: Tracer;
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
  const provider = new TracerProvider({
    resource: resourceOf(config, version, instance),
    ...(endpoint === undefined ? { sampler: new AlwaysOffSampler() } : recording(endpoint, config, report)),
  });
  return {
    tracer: provider.getTracer('ballast', version),
    silent: new TracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('ballast', version),
    close: () => shutDown(provider),
  };
}

/**
 * The caller's decision counts, else the ratio. The span of a request is recorded either way, since only its end shows
 * whether it is to be kept; what is below one that was not chosen is never begun (see `Trace.run`).
 */
function recording(endpoint: string, config: Config, report: ExportReport | undefined): TracerProviderOptions {
  const chosen = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) });
  const exporter = new BoundedExport(new OTLPTraceExporter(exporterOptions(endpoint, '/v1/traces', config)), report);
  const batching = new BatchSpanProcessor({ exporter, ...batches });
  return {
    sampler: createAlwaysRecordSampler(chosen),
    spanProcessors: [new KeptSpans(batching, exporter, config.TRACE_SLOW_SECS * 1000)],
    // An attribute of a span that is held is no longer than this, so that what is held has a bound in bytes too.
    spanLimits: { attributeValueLengthLimit: 2048 },
  };
}
