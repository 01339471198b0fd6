import type { Inhibition, LabelMatches } from './routing.ts';

/** What the collector says of one of its stores, by the names of infra/stack/otel-collector/configuration.ts. */
const collector = ['CollectorExportFailing', 'CollectorQueueNearlyFull'];
const exporters = { jaeger: 'otlp_grpc/jaeger', loki: 'otlp_http/loki', mlflow: 'otlp_http/mlflow' } as const;

/** What of the stack's own alerts follows from another, which is the one to work on. */
export const rootCauses: readonly Inhibition[] = [
  // Who does not answer at all need not be told to be slow, to fail or to refuse: windows go on for minutes after the end.
  ...Object.entries({
    qdrant: ['QdrantRequestsFailing', 'QdrantSearchSlow', 'QdrantReplicasInactive', 'QdrantConsensusStuck'],
    tei: ['TeiRequestsFailing', 'TeiQueueLong', 'TeiSlow'],
    litellm: ['LiteLlmModelFailing', 'LiteLlmModelInOutage'],
    redis: [
      'RedisDown',
      'RedisEvictingKeys',
      'RedisMemoryNearLimit',
      'RedisPersistenceFailing',
      'RedisWritesRefused',
      // The one that the service can do without is Redis.
      'OptionalDependencyDown',
    ],
    alertmanager: ['AlertmanagerClusterSplit'],
    jaeger: ['JaegerStorageFailing'],
    loki: ['LokiRequestsFailing', 'AlloyDroppingLogs'],
  }).map(([job, followers]) => inhibition({ alertname: 'AllTargetsDown', job }, { alertname: followers })),
  // The page tells more than the ticket does.
  inhibition({ alertname: 'PrometheusNotificationsFailing' }, { alertname: 'AllTargetsDown', job: 'alertmanager' }),
  // A store that is away fills the queue before it.
  ...(['loki', 'jaeger'] as const).map((store) =>
    inhibition({ alertname: 'AllTargetsDown', job: store }, { alertname: collector, exporter: exporters[store] }),
  ),
  inhibition({ alertname: 'MlflowUnavailable' }, { alertname: collector, exporter: exporters.mlflow }),
  inhibition({ alertname: 'CollectorExportFailing' }, { alertname: 'CollectorQueueNearlyFull' }, ['exporter']),
  inhibition({ alertname: 'JaegerStorageFailing' }, { alertname: collector, exporter: exporters.jaeger }),
  // Why the cluster does not get on.
  inhibition(
    { alertname: 'QdrantClusterSplit' },
    { alertname: ['QdrantConsensusStuck', 'QdrantReplicasInactive', 'QdrantRequestsFailing'] },
  ),
  // Why Redis refuses, and what follows from its being full.
  inhibition({ alertname: 'RedisPersistenceFailing' }, { alertname: 'RedisWritesRefused' }),
  inhibition({ alertname: 'RedisEvictingKeys' }, { alertname: 'RedisMemoryNearLimit' }),
  // Of one container or pod, the alert that says why.
  inhibition({ alertname: 'ContainerOOMKilled' }, { alertname: ['PodCrashLooping', 'PodRestartingOften'] }, [
    'pod',
    'container',
  ]),
  inhibition({ alertname: 'PodCrashLooping' }, { alertname: 'PodRestartingOften' }, ['pod', 'container']),
  inhibition({ alertname: ['PodCrashLooping', 'ContainerWaiting'] }, { alertname: 'PodNotReady' }, ['pod']),
  inhibition({ alertname: 'MlflowUnavailable' }, { alertname: 'StatefulSetReplicasMissing', statefulset: 'mlflow' }),
  inhibition({ alertname: 'MlflowUnavailable' }, { alertname: 'DeploymentReplicasMissing', deployment: 'mlflow' }),
  inhibition({ alertname: 'VolumeNearlyFull' }, { alertname: 'VolumeFillingUp' }, ['persistentvolumeclaim']),
  inhibition(
    { alertname: 'CertificateExpiresSoon' },
    { alertname: ['CertificateRenewalOverdue', 'CertificateNotReady'] },
    ['name'],
  ),
];

function inhibition(source: LabelMatches, target: LabelMatches, equal: readonly string[] = []): Inhibition {
  return { source, target, equal: ['namespace', ...equal] };
}
