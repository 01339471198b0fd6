import { alertmanager } from './alertmanager.ts';
import { alloy } from './alloy.ts';
import { certManager } from './cert-manager.ts';
import { kubeStateMetrics } from './kube-state-metrics.ts';
import { kubelet } from './kubelet.ts';
import { litellm } from './litellm.ts';
import { loki } from './loki.ts';
import type { ForeignMetrics } from './metric.ts';
import { otelCollector } from './otel-collector.ts';
import { promClient } from './prom-client.ts';
import { prometheus } from './prometheus.ts';
import { qdrant } from './qdrant.ts';
import { redis } from './redis.ts';
import { tei } from './tei.ts';

/** The metrics of programs that are not ours, by name; the file of each names where its documentation is. */
export const foreignMetrics = {
  ...alertmanager,
  ...alloy,
  ...certManager,
  ...kubeStateMetrics,
  ...kubelet,
  ...litellm,
  ...loki,
  ...otelCollector,
  ...promClient,
  ...prometheus,
  ...qdrant,
  ...redis,
  ...tei,
} as const satisfies ForeignMetrics;
