import { z } from 'zod';
import { clusterSettings } from './cluster.ts';
import { configIssues } from './config-issues.ts';
import { images } from './images.ts';
import { secretNames } from './secret.ts';
import { credentialName, setting } from './settings.ts';
import { alertmanagerSettings } from './stack/alertmanager.ts';
import { apiSettings } from './stack/api/settings.ts';
import { backupSettings } from './stack/backup/settings.ts';
import { gatewaySettings } from './stack/gateway/settings.ts';
import { grafanaSettings } from './stack/grafana/settings.ts';
import { jaegerSettings } from './stack/jaeger.ts';
import { kubeStateMetricsSettings } from './stack/kube-state-metrics.ts';
import { litellmSettings } from './stack/litellm/settings.ts';
import { lokiSettings } from './stack/loki/loki.ts';
import { mlflowSettings } from './stack/mlflow/settings.ts';
import { modelSettings } from './stack/models.ts';
import { otelCollectorSettings } from './stack/otel-collector/otel-collector.ts';
import { prometheusSettings } from './stack/prometheus/settings.ts';
import { qdrantSettings } from './stack/qdrant/settings.ts';
import { redisSettings } from './stack/redis.ts';
import { teiSettings } from './stack/tei.ts';

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, { error: 'a DNS label of at most 40 characters' });

const secretsSettings = z.strictObject({
  from: setting(
    z.enum(['generated', 'external-secrets']).default('generated'),
    'Where passwords and keys come from: made by the program, or fetched from a store by the External Secrets operator.',
    'external-secrets',
  ),
  store: setting(
    z
      .strictObject({
        kind: setting(
          z.enum(['SecretStore', 'ClusterSecretStore']).default('ClusterSecretStore'),
          'Its kind.',
          'SecretStore',
        ),
        name: setting(z.string().min(1), 'Its name.', 'vault'),
      })
      .optional(),
    "The operator's store; with from: external-secrets.",
    { name: 'vault' },
  ),
  prefix: setting(
    z.string().min(1).default('ballast'),
    'Values are in the store under `<prefix>/<secret>/<key>`.',
    'ballast/prod',
  ),
  refreshInterval: setting(
    z
      .string()
      .regex(/^[1-9]\d*[smh]$/, { error: 'a time such as 30m or 1h' })
      .default('1h'),
    'Time between two looks at the store.',
    '1h',
  ),
});

const imageOverrides = z.strictObject(
  Object.fromEntries(
    Object.entries(images).map(([name, reference]) => [
      name,
      setting(
        z
          .string()
          .regex(/^[^\s:@]+(:\d+)?[^\s:@]*(:(?!latest$)[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, {
            error: 'a reference with a tag other than latest, or with a digest',
          })
          .optional(),
        'In place of the pinned image: a mirror, another version.',
        reference,
      ),
    ]),
  ) as Record<keyof typeof images, z.ZodOptional<z.ZodString>>,
);

/** Every key of a stack's configuration: `ballast:<key>` in `Pulumi.<stack>.yaml`. */
export const stackSchema = z
  .strictObject({
    namespace: setting(label.default('ballast'), 'Namespace of everything that the stack makes.', 'ballast-prod'),
    environment: setting(
      z.enum(['development', 'production']).default('development'),
      'In production, data and generated passwords are protected and survive mistakes.',
      'production',
    ),
    context: setting(
      z.string().min(1).optional(),
      'Context of the kubeconfig; the current one when absent. In production name it, or a deployment may reach another cluster.',
      'prod-eu',
    ),
    cluster: setting(clusterSettings.prefault({}), 'What the cluster has.', { keda: true }),
    credentials: setting(
      z.record(credentialName, z.string().min(1)).default({}),
      "Secrets that only you know, by name: `pulumi config set --secret --path 'ballast:credentials.NAME'`.",
      { openai: 'sk-...' },
    ),
    rotation: setting(
      z.partialRecord(z.enum(secretNames), z.int().min(1)).default({}),
      'How often each secret was rotated. A higher number makes new values and rolls the pods that use it.',
      { 'redis-auth': 2 },
    ),
    secrets: setting(secretsSettings.prefault({}), 'Where secrets come from.', { from: 'external-secrets' }),
    pullSecrets: setting(
      z
        .array(z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, { error: 'the name of a Secret' }))
        .default([]),
      "Secrets in the namespace, of the type kubernetes.io/dockerconfigjson, that hold the registry's credentials.",
      ['registry'],
    ),
    images: setting(imageOverrides.prefault({}), 'Other images than the pinned ones.', { redis: images.redis }),
    api: setting(apiSettings.prefault({}), 'The API.', { replicas: 2 }),
    models: setting(modelSettings.prefault({}), 'The language models, and who uses which.', { budgets: { acme: 25 } }),
    gateway: setting(gatewaySettings.prefault({}), 'The way in from outside.', { form: 'gateway' }),
    qdrant: setting(qdrantSettings.prefault({}), 'The vector store.', { replicas: 3 }),
    tei: setting(teiSettings.prefault({}), 'Embeddings, by Text Embeddings Inference.', { replicas: 2 }),
    litellm: setting(litellmSettings.prefault({}), 'The proxy to the language models.', { replicas: 2 }),
    redis: setting(redisSettings.prefault({}), 'The cache and the budget ledger.', { maxMemory: '1gb' }),
    mlflow: setting(mlflowSettings.prefault({}), 'Experiments and traces, by MLflow.', { use: 'off' }),
    prometheus: setting(prometheusSettings.prefault({}), 'Metrics and alert rules.', { replicas: 2 }),
    alertmanager: setting(alertmanagerSettings.prefault({}), 'Who is told of alerts.', { replicas: 2 }),
    kubeStateMetrics: setting(kubeStateMetricsSettings.prefault({}), "Metrics of the stack's objects.", { use: 'off' }),
    grafana: setting(grafanaSettings.prefault({}), 'Dashboards.', { use: 'off' }),
    otelCollector: setting(otelCollectorSettings.prefault({}), 'The collector of traces and logs.', { replicas: 2 }),
    jaeger: setting(jaegerSettings.prefault({}), 'Traces.', { retentionDays: 7 }),
    loki: setting(lokiSettings.prefault({}), 'Logs.', { retentionDays: 30 }),
    backup: setting(backupSettings.prefault({}), 'Snapshots, and the drill that restores one.', { keep: 14 }),
  })
  .superRefine((config, context) => {
    // What goes across keys is asked only of keys that are right.
    if (context.issues.length > 0) return;
    for (const { path, message } of configIssues(config)) context.addIssue({ code: 'custom', path, message });
  });

/** A stack's configuration with its defaults. */
export type StackConfig = z.output<typeof stackSchema>;
