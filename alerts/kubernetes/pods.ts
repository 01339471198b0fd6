import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on pods and their containers, by what kube-state-metrics says of them. */
export function podGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [crashLooping(promql), restarting(promql), outOfMemory(promql), waiting(promql), notReady(promql)];
  return [{ name: 'kubernetes-pods', target: 'kubernetes', rules }];
}

const container = 'pod="api-1", container="api"';
const labels = { pod: 'api-1', container: 'api' };

/** Between two crashes the container runs for a while, and the reason is not there. */
function crashLooping({ range }: Promql): AlertDraft {
  const reason = range('kube_pod_container_status_waiting_reason', '5m', { reason: 'CrashLoopBackOff' });
  const series = (values: string, why = 'CrashLoopBackOff') => ({
    [`kube_pod_container_status_waiting_reason{${container}, reason="${why}"}`]: values,
  });
  const description = (of: string, pod: string) =>
    `For 5 minutes the container ${of} of the pod ${pod} has crashed again and again.`;
  const now = '1 stale _x2 ';
  return {
    alert: 'PodCrashLooping',
    severity: 'warning',
    expr: `max by (pod, container) (max_over_time(${reason})) == 1`,
    for: '5m',
    summary: 'A container crashes again and again.',
    description: description('{{ $labels.container }}', '{{ $labels.pod }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: series(now.repeat(4)),
          holdsFrom: '0m',
          alerts: [{ labels, description: description('api', 'api-1') }],
        },
      ],
      quiet: [
        { because: 'it crashed once', series: series('1 stale _x20'), at: '8m' },
        { because: 'it does not back off', series: series('0x20'), at: '10m' },
        { because: 'it waits for something else', series: series('1x20', 'ContainerCreating'), at: '10m' },
      ],
    },
  };
}

/**
 * Slower than a crash loop: each time it runs long enough for Kubernetes to start it again at once. The growth is extrapolated, so
 * that three restarts count as a little more. Where Prometheus scrapes two kube-state-metrics, the stack's and the cluster's, both
 * count every restart.
 */
function restarting({ increase }: Promql): AlertDraft {
  const restarts = (minutes: number, scrapedFrom = 'stack') => ({
    [`kube_pod_container_status_restarts_total{${container}, instance="${scrapedFrom}"}`]: inSteps(5, 1, minutes, 6),
  });
  const description = (of: string, pod: string, count: string) =>
    `The container ${of} of the pod ${pod} has been started again ${count} times in the last hour.`;
  return {
    alert: 'PodRestartingOften',
    severity: 'warning',
    expr: `max by (pod, container) (${increase('kube_pod_container_status_restarts_total', '1h')}) > 3.5`,
    for: '5m',
    summary: 'A container is started again every few minutes.',
    description: description('{{ $labels.container }}', '{{ $labels.pod }}', '{{ $value | printf "%.0f" }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        { series: restarts(15), holdsFrom: '60m', alerts: [{ labels, description: description('api', 'api-1', '4') }] },
      ],
      quiet: [
        { because: 'three times may be', series: restarts(20), at: '67m' },
        {
          because: 'the same three times are counted twice',
          series: { ...restarts(20), ...restarts(20, 'cluster') },
          at: '67m',
        },
      ],
    },
  };
}

/** The reason stays until the container ends another time, so that it counts only near a restart. */
function outOfMemory({ increase, select }: Promql): AlertDraft {
  const reason = select('kube_pod_container_status_last_terminated_reason', { reason: 'OOMKilled' });
  const series = (restarts: string, why: string) => ({
    [`kube_pod_container_status_restarts_total{${container}}`]: restarts,
    [`kube_pod_container_status_last_terminated_reason{${container}, reason="${why}"}`]: '1x30',
  });
  const description = (of: string, pod: string) =>
    `The container ${of} of the pod ${pod} has used more memory than its limit, and was killed.`;
  return {
    alert: 'ContainerOOMKilled',
    severity: 'warning',
    expr:
      `sum by (pod, container) (${increase('kube_pod_container_status_restarts_total', '10m')}) > 0 ` +
      `and on (pod, container) ${reason} == 1`,
    for: '5m',
    summary: 'A container was killed for want of memory.',
    description: description('{{ $labels.container }}', '{{ $labels.pod }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: series('0x4 1x30', 'OOMKilled'),
          holdsFrom: '5m',
          alerts: [{ labels, description: description('api', 'api-1') }],
        },
      ],
      quiet: [
        { because: 'it ended for another reason', series: series('0x4 1x30', 'Error'), at: '10m' },
        { because: 'that was long ago', series: series('1x30', 'OOMKilled'), at: '10m' },
      ],
    },
  };
}

function waiting({ select }: Promql): AlertDraft {
  const reason = select('kube_pod_container_status_waiting_reason', { reason: { not: 'CrashLoopBackOff' } });
  const series = (values: string, why: string) => ({
    [`kube_pod_container_status_waiting_reason{${container}, reason="${why}"}`]: values,
  });
  const description = (of: string, pod: string, why: string) =>
    `The container ${of} of the pod ${pod} has not started for 15 minutes: ${why}.`;
  return {
    alert: 'ContainerWaiting',
    severity: 'warning',
    expr: `max by (pod, container, reason) (${reason}) == 1`,
    for: '15m',
    summary: 'A container does not start.',
    description: description('{{ $labels.container }}', '{{ $labels.pod }}', '{{ $labels.reason }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: series('1x20', 'ImagePullBackOff'),
          holdsFrom: '0m',
          alerts: [
            {
              labels: { ...labels, reason: 'ImagePullBackOff' },
              description: description('api', 'api-1', 'ImagePullBackOff'),
            },
          ],
        },
      ],
      quiet: [
        { because: 'that is another alert', series: series('1x20', 'CrashLoopBackOff'), at: '18m' },
        { because: 'it does not wait', series: series('0x20', 'ImagePullBackOff'), at: '18m' },
      ],
    },
  };
}

/** Pods that are done are never ready. */
function notReady({ select }: Promql): AlertDraft {
  const ready = select('kube_pod_status_ready', { condition: 'true' });
  const phase = select('kube_pod_status_phase', { phase: ['Pending', 'Running', 'Unknown'] });
  const series = (isReady: string, of: string, condition = 'true') => ({
    [`kube_pod_status_ready{pod="api-1", condition="${condition}"}`]: isReady,
    [`kube_pod_status_phase{pod="api-1", phase="${of}"}`]: '1x30',
    'kube_pod_status_phase{pod="api-1", phase="Failed"}': '0x30',
  });
  const description = (pod: string) => `The pod ${pod} has not been ready for 20 minutes.`;
  const fires = (of: string) =>
    ({
      series: series('0x30', of),
      holdsFrom: '0m',
      alerts: [{ labels: { pod: 'api-1' }, description: description('api-1') }],
    }) as const;
  return {
    alert: 'PodNotReady',
    severity: 'warning',
    expr: `max by (pod) (${ready}) == 0 and on (pod) ${phase} == 1`,
    for: '20m',
    summary: 'A pod is not ready.',
    description: description('{{ $labels.pod }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [fires('Pending'), fires('Running')],
      quiet: [
        { because: 'it is ready', series: series('1x30', 'Running'), at: '25m' },
        { because: 'it is done', series: series('0x30', 'Succeeded'), at: '25m' },
        { because: 'it is not said to be unready', series: series('0x30', 'Running', 'unknown'), at: '25m' },
      ],
    },
  };
}
