import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../contract/config.ts';

/** Makes the spans of the service, and sends them on where there is somewhere to send them to. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Makes spans that are never recorded, but have IDs: of probes and scrapes. */
  readonly silent: Tracer;
  /** Sends what is still held, as far as it can. Never fails. */
  close(): Promise<void>;
}

/** Without an endpoint nothing is recorded; trace IDs are still made and passed on. */
export function createTracing(config: Config, version: string, instance: string): Tracing {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.SERVICE_NAME,
      'service.version': version,
      'service.instance.id': instance,
      'deployment.environment.name': config.ENVIRONMENT,
    }),
    sampler:
      endpoint === undefined
        ? new AlwaysOffSampler()
        : createAlwaysRecordSampler(
            new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
          ),
    spanProcessors:
      endpoint === undefined
        ? []
        : [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }) })],
  });
  return {
    tracer: provider.getTracer('ballast', version),
    silent: new TracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('ballast', version),
    close: () => provider.shutdown().catch(() => undefined),
  };
}
