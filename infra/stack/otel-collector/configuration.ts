import { stringify } from 'yaml';
import type { OtelCollectorArgs } from './otel-collector.ts';

/**
 * https://opentelemetry.io/docs/collector/configuration/ : what no store is there for is taken all the same and dropped, since a
 * collector without a pipeline for it answers 404, and the API sends both traces and logs.
 */
export function configuration(args: OtelCollectorArgs): string {
  const { jaeger, mlflow, loki, mlflowExperiment, keepRatio } = args;
  const exporters = {
    ...(jaeger && { 'otlp_grpc/jaeger': grpcEndpoint(jaeger.url) }),
    // https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest/
    ...(mlflow && {
      'otlp_http/mlflow': { endpoint: mlflow.url, headers: { 'x-mlflow-experiment-id': mlflowExperiment } },
    }),
    // https://grafana.com/docs/loki/latest/send-data/otel/
    ...(loki && { 'otlp_http/loki': { endpoint: `${loki.url}/otlp` } }),
  };
  const traceStores = Object.keys(exporters).filter((name) => name !== 'otlp_http/loki');
  const chooses = traceStores.length > 0 && keepRatio < 1;
  const to = (stores: readonly string[], processors: readonly string[] = []) => ({
    receivers: ['otlp'],
    processors: ['memory_limiter', ...processors, 'batch'],
    exporters: stores.length > 0 ? stores : ['nop'],
  });
  return stringify({
    extensions: { health_check: { endpoint: '0.0.0.0:13133' } },
    receivers: {
      otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
    },
    processors: {
      memory_limiter: { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 25 },
      ...(chooses && { tail_sampling: tailSampling(args) }),
      batch: {},
    },
    exporters: { ...exporters, ...((traceStores.length === 0 || !loki) && { nop: {} }) },
    service: {
      extensions: ['health_check'],
      pipelines: {
        traces: to(traceStores, chooses ? ['tail_sampling'] : []),
        logs: to(loki ? ['otlp_http/loki'] : []),
      },
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '0.0.0.0', port: 8888 } } } }] },
      },
    },
  });
}

/** Seconds in which spans that ended together arrive: they leave the API within one, and are tried for five. */
const arrivalSeconds = 10;

/**
 * A trace is kept by any of these, when all of it is here: soon after its root, which ends last, or, where the root is the
 * caller's, when the longest request would have ended.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/v0.162.0/processor/tailsamplingprocessor
 */
function tailSampling({ keepRatio, slowSeconds, longestSeconds }: OtelCollectorArgs) {
  return {
    decision_wait: `${Math.ceil(longestSeconds) + arrivalSeconds}s`,
    decision_wait_after_root_received: `${arrivalSeconds}s`,
    policies: [
      { name: 'failed', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
      { name: 'slow', type: 'latency', latency: { threshold_ms: Math.round(slowSeconds * 1000) } },
      { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: percent(keepRatio) } },
    ],
  };
}

/** Without what a binary fraction adds: 7, where 0.07 x 100 is a little more. */
const percent = (ratio: number): number => Number((ratio * 100).toPrecision(12));

/** Host and port, which gRPC wants without a scheme but with the port even where it is the usual one. */
function grpcEndpoint(url: string) {
  const { protocol, hostname, port } = new URL(url);
  const insecure = protocol === 'http:';
  return { endpoint: `${hostname}:${port || (insecure ? 80 : 443)}`, tls: { insecure } };
}
