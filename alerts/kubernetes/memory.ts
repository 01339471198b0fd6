import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/**
 * An alert before a container is killed for want of memory, for what a question needs: the resident memory of its processes by
 * their own account, against the limit of the container. It does without the kubelet, which only the Prometheus of a cluster may
 * ask. Programs that map files are left out: what is mapped counts as theirs and is given up at need; Qdrant's own figure is of
 * what it allocated.
 */
export function memoryGroups({ select }: Promql): RuleGroup<AlertDraft>[] {
  const used = [
    select('process_resident_memory_bytes', { job: ['api', 'api-canary', 'litellm'] }),
    select('memory_resident_bytes', { job: 'qdrant' }),
    select('redis_memory_used_rss_bytes', { job: 'redis' }),
  ].join(' or ');
  // The container is called as the job, but for the canary's.
  const byContainer = `label_replace(max by (job) (${used}), "container", "$1", "job", "(.+?)(-canary)?")`;
  const limit = `max by (container) (${select('kube_pod_container_resource_limits', { resource: 'memory' })})`;
  const limits = (container: string) => ({
    [`kube_pod_container_resource_limits{pod="p", container="${container}", resource="memory"}`]: '1000x20',
    [`kube_pod_container_resource_limits{pod="p", container="${container}", resource="cpu"}`]: '2000x20',
  });
  const description = (job: string, share: string) =>
    `A copy of ${job} has used ${share} of its memory for 10 minutes.`;
  const fires = (metric: string, job: string, container = job) =>
    ({
      series: { [`${metric}{job="${job}"}`]: '950x20', ...limits(container) },
      holdsFrom: '0m',
      alerts: [{ labels: { job, container }, description: description(job, '95%') }],
    }) as const;
  const rule: AlertDraft = {
    alert: 'ContainerMemoryNearLimit',
    severity: 'warning',
    expr: `${byContainer} / on (container) group_left () ${limit} > 0.9`,
    for: '10m',
    summary: 'A container is about to be killed for want of memory.',
    description: description('{{ $labels.job }}', '{{ $value | humanizePercentage }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        fires('process_resident_memory_bytes', 'api'),
        fires('process_resident_memory_bytes', 'api-canary', 'api'),
        fires('process_resident_memory_bytes', 'litellm'),
        fires('memory_resident_bytes', 'qdrant'),
        fires('redis_memory_used_rss_bytes', 'redis'),
      ],
      quiet: [
        {
          because: '90 % may be used',
          series: { 'process_resident_memory_bytes{job="api"}': '900x20', ...limits('api') },
          at: '15m',
        },
        {
          because: 'it maps files',
          series: { 'process_resident_memory_bytes{job="prometheus"}': '950x20', ...limits('prometheus') },
          at: '15m',
        },
      ],
    },
  };
  return [{ name: 'kubernetes-memory', target: 'kubernetes', rules: [rule] }];
}
