/** What Prometheus may scrape in a stack, by the name of its job. */
export const scrapedTargets = [
  'api',
  'api-canary',
  'qdrant',
  'tei',
  'litellm',
  'redis',
  'mlflow',
  'prometheus',
  'alertmanager',
  'kube-state-metrics',
  'grafana',
  'otel-collector',
  'jaeger',
  'loki',
  'alloy',
] as const;

/** Name of a scraped job. */
export type ScrapedTarget = (typeof scrapedTargets)[number];

/** What may run on a schedule in a stack; kube-state-metrics tells how the last runs ended. */
export const scheduledTargets = ['qdrant-snapshot', 'restore-drill', 'redis-backup'] as const;

/** Name of a scheduled workload. */
export type ScheduledTarget = (typeof scheduledTargets)[number];

/** What a rule group needs: without it its rules would match nothing, or fire for ever. */
export type Target = ScrapedTarget | ScheduledTarget;
