import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on copies that should run and do not. */
export function workloadGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [deployment(promql), statefulSet(promql), mlflow(promql)];
  return [{ name: 'kubernetes-workloads', target: 'kubernetes', rules }];
}

function deployment({ select }: Promql): AlertDraft {
  const wanted = `max by (deployment) (${select('kube_deployment_spec_replicas')})`;
  const ready = `max by (deployment) (${select('kube_deployment_status_replicas_ready')})`;
  const copies = (count: number) => ({
    'kube_deployment_spec_replicas{deployment="api"}': '3x20',
    'kube_deployment_status_replicas_ready{deployment="api"}': `${count}x20`,
  });
  const description = (count: string, name: string) =>
    `${count} copies of the Deployment ${name} have not been ready for 15 minutes.`;
  return {
    alert: 'DeploymentReplicasMissing',
    severity: 'warning',
    expr: `${wanted} - ${ready} > 0`,
    for: '15m',
    summary: 'Fewer copies are ready than a Deployment asks for.',
    description: description('{{ $value }}', '{{ $labels.deployment }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: copies(1),
          holdsFrom: '0m',
          alerts: [{ labels: { deployment: 'api' }, description: description('2', 'api') }],
        },
      ],
      quiet: [{ because: 'all are ready', series: copies(3), at: '18m' }],
    },
  };
}

function statefulSet({ select }: Promql): AlertDraft {
  const wanted = `max by (statefulset) (${select('kube_statefulset_replicas')})`;
  const ready = `max by (statefulset) (${select('kube_statefulset_status_replicas_ready')})`;
  const copies = (count: number) => ({
    'kube_statefulset_replicas{statefulset="qdrant"}': '3x20',
    'kube_statefulset_status_replicas_ready{statefulset="qdrant"}': `${count}x20`,
  });
  const description = (count: string, name: string) =>
    `${count} copies of the StatefulSet ${name} have not been ready for 15 minutes.`;
  return {
    alert: 'StatefulSetReplicasMissing',
    severity: 'warning',
    expr: `${wanted} - ${ready} > 0`,
    for: '15m',
    summary: 'Fewer copies are ready than a StatefulSet asks for.',
    description: description('{{ $value }}', '{{ $labels.statefulset }}'),
    dashboard: 'kubernetes',
    scenarios: {
      fires: [
        {
          series: copies(1),
          holdsFrom: '0m',
          alerts: [{ labels: { statefulset: 'qdrant' }, description: description('2', 'qdrant') }],
        },
      ],
      quiet: [{ because: 'all are ready', series: copies(3), at: '18m' }],
    },
  };
}

/** MLflow serves no metrics, so that its pod is all there is to see: one, of either kind, by what keeps its data. */
function mlflow({ select }: Promql): AlertDraft {
  const ready = [
    select('kube_statefulset_status_replicas_ready', { statefulset: 'mlflow' }),
    select('kube_deployment_status_replicas_ready', { deployment: 'mlflow' }),
  ];
  const description = 'For 10 minutes no copy of MLflow has been ready.';
  const series = (kind: string, name: string, count: number) => ({
    [`kube_${kind}_status_replicas_ready{${kind}="${name}"}`]: `${count}x20`,
  });
  const alerts = [{ description }] as const;
  return {
    alert: 'MlflowUnavailable',
    severity: 'warning',
    expr: ready.map((each) => `max(${each}) == 0`).join(' or '),
    for: '10m',
    summary: 'MLflow does not run.',
    description,
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        { series: series('statefulset', 'mlflow', 0), holdsFrom: '0m', alerts },
        { series: series('deployment', 'mlflow', 0), holdsFrom: '0m', alerts },
      ],
      quiet: [
        {
          because: 'it runs, and something else does not',
          series: {
            ...series('statefulset', 'mlflow', 1),
            ...series('statefulset', 'loki', 0),
            ...series('deployment', 'api', 0),
          },
          at: '15m',
        },
      ],
    },
  };
}
