import digests from './images.lock.json' with { type: 'json' };

/**
 * Every image that the stack runs beside its own, by tag. The newest stable release of each when this was written; digests
 * are in images.lock.json, which `npm run images` fills where the network allows it.
 */
export const images = {
  redis: 'docker.io/library/redis:7.4.6-bookworm',
  redisExporter: 'docker.io/oliver006/redis_exporter:v1.79.0',
  // The releases whose programs the tests build from their Go modules.
  prometheus: 'docker.io/prom/prometheus:v3.15.0',
  alertmanager: 'docker.io/prom/alertmanager:v0.34.2',
  kubeStateMetrics: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0',
  // The minor that the service's client, @qdrant/js-client-rest, is made for; the variant that runs as 1000:1000.
  qdrant: 'docker.io/qdrant/qdrant:v1.19.2-unprivileged',
  // For CPUs, as its page of images names them: https://huggingface.co/docs/text-embeddings-inference/supported_models
  tei: 'ghcr.io/huggingface/text-embeddings-inference:cpu-1.9.4',
  // The release that tools/litellm pins, so that tests run what the stack runs; as v<release>, without a suffix:
  // https://docs.litellm.ai/docs/proxy/docker_image_security
  litellm: 'ghcr.io/berriai/litellm-non_root:v1.106.2',
  // The release that tools/mlflow pins. Only `-full` has drivers for PostgreSQL and S3:
  // https://github.com/mlflow/mlflow/blob/master/docker/README.md
  mlflow: 'ghcr.io/mlflow/mlflow:v3.17.2-full',
  otelCollector: 'docker.io/otel/opentelemetry-collector-contrib:0.162.0',
  // Later ones have no `/api/services` and `/api/traces?service=`, which Grafana's data source asks:
  // https://github.com/jaegertracing/jaeger/pull/9260
  jaeger: 'docker.io/jaegertracing/jaeger:2.20.0',
  loki: 'docker.io/grafana/loki:3.7.7',
  alloy: 'docker.io/grafana/alloy:v1.19.2',
  grafana: 'docker.io/grafana/grafana:13.2.3',
} as const;

/** Name of an image. */
export type ImageName = keyof typeof images;

/** Replacements of images from the stack's configuration: a mirror, another version. */
export type ImageOverrides = Readonly<{ [Name in ImageName]?: string | undefined }>;

/** The full reference of an image: the override, else the pinned tag with its digest where that is known. */
export function imageReference(name: ImageName, overrides: ImageOverrides): string {
  const override = overrides[name];
  if (override !== undefined) return override;
  const known: Readonly<Record<string, string>> = digests;
  const digest = known[images[name]];
  return digest === undefined ? images[name] : `${images[name]}@${digest}`;
}
