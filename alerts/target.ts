/** What Prometheus may scrape in a stack, by the name of its job; cert-manager it scrapes in the namespace of that. */
export const scrapedTargets = [
  'api',
  'api-canary',
  'qdrant',
  'tei',
  'litellm',
  'redis',
  'prometheus',
  'alertmanager',
  'kube-state-metrics',
  'grafana',
  'otel-collector',
  'jaeger',
  'loki',
  'alloy',
  'cert-manager',
] as const;

/** Name of a scraped job. */
export type ScrapedTarget = (typeof scrapedTargets)[number];

/** What may run on a schedule in a stack; kube-state-metrics tells how the last runs ended. */
export const scheduledTargets = ['qdrant-snapshot', 'restore-drill', 'redis-backup'] as const;

/** Name of a scheduled workload. */
export type ScheduledTarget = (typeof scheduledTargets)[number];

/**
 * What Prometheus may know beside what it scrapes in the stack: `always` is there wherever rules are evaluated, `kubernetes` is
 * the state of the stack's objects by a kube-state-metrics, `nodes` that of the cluster's nodes, `kubelet` the usage of its
 * volumes, and `certificate` the state of a certificate that cert-manager makes for it.
 */
export const observedTargets = ['always', 'kubernetes', 'nodes', 'kubelet', 'certificate'] as const;

/** Something that Prometheus knows beside what it scrapes in the stack. */
export type ObservedTarget = (typeof observedTargets)[number];

/** What a rule group needs: without it its rules would match nothing, or fire for ever. */
export type Target = ScrapedTarget | ScheduledTarget | ObservedTarget;
