import type { Input } from '@pulumi/pulumi';
import type { StackConfig } from '../config.ts';
import type { Link } from '../connection.ts';
import type { SecretName } from '../secret.ts';
import { alertmanagerLink } from './alertmanager.ts';
import type { ApiArgs } from './api/api.ts';
import { sentryLink } from './api/settings.ts';
import { gatewaySources } from './gateway/settings.ts';
import { jaegerLink, jaegerQueryLink } from './jaeger.ts';
import { litellmLink } from './litellm/litellm.ts';
import { lokiLink } from './loki/loki.ts';
import { mlflowLink } from './mlflow/mlflow.ts';
import { serviceModelTable } from './models.ts';
import { otelCollectorLink } from './otel-collector/otel-collector.ts';
import { prometheusLink } from './prometheus.ts';
import { qdrantLink, qdrantReplicationFactor } from './qdrant/settings.ts';
import { redisLink } from './redis.ts';
import { teiLink } from './tei.ts';

/** How each part is reached, whether the stack runs it or not; `undefined` for one that is off. */
export function stackLinks(config: StackConfig) {
  return {
    redis: redisLink(config.redis),
    qdrant: qdrantLink(config.qdrant),
    tei: teiLink(config.tei),
    litellm: litellmLink(config.litellm),
    mlflow: mlflowLink(config.mlflow),
    jaeger: jaegerLink(config.jaeger),
    jaegerQuery: jaegerQueryLink(config.jaeger),
    loki: lokiLink(config.loki),
    otelCollector: otelCollectorLink(config.otelCollector),
    sentry: sentryLink(config.api),
    prometheus: prometheusLink(config.prometheus),
    // With an operator there is no Alertmanager of the stack's own, only what the operator's is told.
    alertmanager:
      config.prometheus.use === 'operator' && config.alertmanager.use === 'bundled'
        ? undefined
        : alertmanagerLink(config.alertmanager),
  };
}

/** Rotations of a secret; 1 until the first. */
export const rotationOf = ({ rotation }: StackConfig, secret: SecretName): number => rotation[secret] ?? 1;

/** What the API is made from, by the configuration of the whole stack. */
export function apiArgs(config: StackConfig, imageReference: Input<string>): ApiArgs {
  const links = stackLinks(config);
  return {
    ...config.api,
    imageReference,
    stackEnvironment: config.environment,
    upstreams: { llm: links.litellm, vectorStore: links.qdrant, embeddings: links.tei, cache: links.redis },
    otelCollector: links.otelCollector,
    errorReports: links.sentry,
    modelTable: serviceModelTable(config.models),
    trustedProxies: config.gateway.trustedProxies,
    admits: gatewaySources(config.gateway),
    replicationFactor: qdrantReplicationFactor(config.qdrant),
    ...(config.cluster.keda && { prometheusUrl: fromOutside(links.prometheus, config.namespace) }),
    rotation: rotationOf(config, 'api-keys'),
  };
}

/** A link's URL for who calls from another namespace, as KEDA does, where the name of a Service alone is not known. */
function fromOutside(link: Link | undefined, namespace: string): string | undefined {
  if (link?.connection.to !== 'workload') return link?.url;
  const { workload } = link.connection;
  return link.url.replace(`//${workload}:`, `//${workload}.${namespace}.svc:`);
}
