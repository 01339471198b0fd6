import { RunError } from '@pulumi/pulumi';
import type { StackConfig } from './config.ts';
import { apiImageReference } from './docker/api-image.ts';
import { composeMonitoring } from './compose-monitoring.ts';
import { KubernetesPlatform } from './kubernetes/platform.ts';
import { giveCredential, missingCredentials } from './missing-credentials.ts';
import type { Part } from './part.ts';
import type { SecretName } from './secret.ts';
import { Api } from './stack/api/api.ts';
import { longestAnswerSeconds, slowSeconds } from './stack/api/settings.ts';
import { Backup } from './stack/backup/backup.ts';
import { Credentials } from './stack/credentials.ts';
import { Gateway } from './stack/gateway/gateway.ts';
import { Jaeger } from './stack/jaeger.ts';
import { apiArgs, rotationOf, stackLinks } from './stack/links.ts';
import { namedCredentials } from './stack/litellm/configuration.ts';
import { LiteLlm } from './stack/litellm/litellm.ts';
import { Loki } from './stack/loki/loki.ts';
import { Mlflow } from './stack/mlflow/mlflow.ts';
import { OtelCollector } from './stack/otel-collector/otel-collector.ts';
import { Qdrant } from './stack/qdrant/qdrant.ts';
import { qdrantNodes } from './stack/qdrant/settings.ts';
import { Redis } from './stack/redis.ts';
import { Tei } from './stack/tei.ts';

/** What a stack is composed with beside its configuration. */
export interface ComposeOptions {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** In place of those of the configuration, where values are not to be had. */
  readonly credentials?: Readonly<Record<string, string>>;
}

/**
 * Makes every part that the configuration asks for, in the order in which they need each other.
 *
 * @throws {RunError} before the first resource when credentials are missing, with how to give each.
 */
export function compose(config: StackConfig, { stack, credentials = config.credentials }: ComposeOptions): void {
  requireCredentials(config, stack, credentials);
  const { namespace, images } = config;
  const links = stackLinks(config);
  const rotation = (secret: SecretName) => rotationOf(config, secret);
  const keepData = config.environment === 'production';
  const platform = new KubernetesPlatform({ ...platformArgs(config, stack), keepData, credentials });
  const common = { images, namespace, keepData };
  const apiImage = apiImageReference(config.api.image);
  const longestSeconds = longestAnswerSeconds(config.api);
  const made: Part[] = [];
  const add = (part: Part) => made.push(part);

  add(new Credentials({ links: Object.values(links), rotation: config.rotation }, platform));
  if (config.redis.use === 'bundled') {
    add(new Redis({ ...config.redis, ...common, rotation: rotation('redis-auth') }, platform));
  }
  if (config.qdrant.use === 'bundled') {
    add(new Qdrant({ ...config.qdrant, ...common, rotation: rotation('qdrant-keys') }, platform));
  }
  if (config.tei.use === 'bundled') {
    add(new Tei({ ...config.tei, ...common, rotation: rotation('hugging-face') }, platform));
  }
  if (config.litellm.use === 'bundled') {
    const counters = { 'litellm-keys': rotation('litellm-keys'), 'provider-keys': rotation('provider-keys') };
    const { models, secrets } = config;
    // A store is taken to have what the models name; else they have what was given.
    const has = secrets.from === 'generated' ? Object.keys(config.credentials) : namedCredentials(models);
    const args = { images, models, credentials: has, longestSeconds, rotation: counters };
    add(new LiteLlm({ ...config.litellm, ...args }, platform));
  }
  if (config.mlflow.use === 'bundled') {
    add(new Mlflow({ ...config.mlflow, ...common, rotation: rotation('mlflow-store') }, platform));
  }
  if (config.jaeger.use === 'bundled') add(new Jaeger({ ...config.jaeger, ...common }, platform));
  const collects = config.otelCollector.use === 'bundled';
  if (config.loki.use !== 'off') add(new Loki({ ...config.loki, ...common, apiSendsLogs: collects }, platform));
  if (collects) {
    const times = { slowSeconds: slowSeconds(config.api), longestSeconds };
    add(new OtelCollector({ ...config.otelCollector, ...links, ...times, images }, platform));
  }
  add(new Api(apiArgs(config, apiImage), platform));
  const canaryWeight = config.api.canary?.weight;
  add(new Gateway({ ...config.gateway, longestSeconds, canaryWeight }, platform));
  if (config.backup.use === 'bundled') {
    const { redis, qdrant } = links;
    const nodes = qdrantNodes(config.qdrant);
    const args = { image: apiImage, qdrantNodes: nodes, qdrant, redis, rotation: rotation('object-storage'), keepData };
    add(new Backup({ ...config.backup, ...args }, platform));
  }
  composeMonitoring(config, platform, { stack, made, links, common });
  platform.finish();
}

function requireCredentials(config: StackConfig, stack: string, given: object): void {
  const lines = missingCredentials(config, given).map((name) => `  ${name}: ${giveCredential(name, stack)}`);
  if (lines.length > 0) throw new RunError(`The stack ${stack} lacks credentials:\n${lines.join('\n')}`);
}

function platformArgs(config: StackConfig, stack: string) {
  const { namespace, cluster, gateway, context, secrets, prometheus, pullSecrets } = config;
  const { store, prefix, refreshInterval } = secrets;
  const operator = prometheus.use === 'operator';
  return {
    namespace,
    stack,
    context,
    pullSecrets,
    cluster: { ...cluster, ...(operator && { scrapedFrom: cluster.namespaces.prometheus }) },
    gateway,
    secretsFrom:
      secrets.from === 'generated' || store === undefined ? ('generated' as const) : { store, prefix, refreshInterval },
    ...(operator && { monitorLabels: prometheus.labels }),
  };
}
