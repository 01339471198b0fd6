import { ruleGroups } from '../alerts/index.ts';
import type { ObservedTarget } from '../alerts/target.ts';
import type { StackConfig } from './config.ts';
import type { ImageOverrides } from './images.ts';
import { OperatorMonitoring } from './kubernetes/operator-monitoring.ts';
import type { KubernetesPlatform } from './kubernetes/platform.ts';
import type { Part } from './part.ts';
import { Alertmanager } from './stack/alertmanager.ts';
import type { Receivers } from './stack/alertmanager/receivers.ts';
import { Grafana } from './stack/grafana/grafana.ts';
import { KubeStateMetrics } from './stack/kube-state-metrics.ts';
import { rotationOf, type stackLinks } from './stack/links.ts';
import { Prometheus } from './stack/prometheus.ts';
import { ruleTargets } from './stack/prometheus/rule-targets.ts';

/** What the monitoring is made for. */
export interface Monitored {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Every part that was made before: what of them serves metrics is scraped. */
  readonly made: readonly Part[];
  /** How the parts are reached. */
  readonly links: ReturnType<typeof stackLinks>;
  /** What parts with data have in common. */
  readonly common: { readonly images: ImageOverrides; readonly namespace: string; readonly keepData: boolean };
}

const noReceivers: Receivers = { critical: [], warning: [], watchdog: [] };

/** Makes what watches the stack: a Prometheus of its own, or the objects of an existing operator. */
export function composeMonitoring(config: StackConfig, platform: KubernetesPlatform, stackMade: Monitored): void {
  const { stack, made, links, common } = stackMade;
  const { namespace, images, cluster, prometheus } = config;
  const shared = prometheus.use === 'operator';
  const parts = [...made];
  if (config.kubeStateMetrics.use === 'bundled') {
    parts.push(new KubeStateMetrics({ ...config.kubeStateMetrics, ...common }, platform));
  }
  if (config.alertmanager.use === 'bundled') {
    const form = shared ? 'operator' : 'bundled';
    const rotation = rotationOf(config, 'alertmanager-receivers');
    parts.push(new Alertmanager({ ...config.alertmanager, images, rotation, form }, platform));
  }
  if (config.grafana.use === 'bundled') {
    const rotation = rotationOf(config, 'grafana-admin');
    const { prometheus: metrics, loki, jaegerQuery: jaeger, alertmanager } = links;
    const dataSources = { prometheus: metrics, loki, jaeger, alertmanager };
    const shown = { repositoryUrl: prometheus.repositoryUrl, namespace: shared ? namespace : undefined };
    parts.push(new Grafana({ ...config.grafana, images, rotation, dataSources, ...shown }, platform));
  }
  if (prometheus.use !== 'bundled' && prometheus.use !== 'operator') return;
  const workloads = parts.flatMap(({ description }) => description.workloads);
  const certified = asksForCertificate(config);
  const targets = ruleTargets(workloads, observedTargets(config));
  // A Prometheus of the stack's own also scrapes itself, and what is not of the stack.
  const further = ['prometheus', ...(certified ? ['cert-manager' as const] : [])] as const;
  const groups = ruleGroups(shared ? targets : new Set([...targets, ...further]), {
    namespace: shared ? namespace : undefined,
    repositoryUrl: prometheus.repositoryUrl,
    grafanaUrl: config.grafana.use === 'bundled' ? config.grafana.publicUrl : undefined,
    backupHours: prometheus.backupHours,
  });
  if (shared) {
    // Who is told is in the secret of the part, which is there only if the stack says who.
    const receivers = config.alertmanager.use === 'bundled' ? config.alertmanager.receivers : noReceivers;
    const args = { namespace: platform.namespace, stack, ruleGroups: groups, receivers, labels: prometheus.labels };
    new OperatorMonitoring(args, { provider: platform.provider });
    return;
  }
  const kedaNamespace = cluster.keda ? cluster.namespaces.keda : undefined;
  const certManagerNamespace = certified ? cluster.namespaces.certManager : undefined;
  const { alertmanager } = links;
  const args = { ...prometheus, ...common, workloads, ruleGroups: groups, alertmanager };
  new Prometheus({ ...args, kedaNamespace, certManagerNamespace }, platform);
}

/** Whether cert-manager makes a certificate for the stack. */
const asksForCertificate = ({ gateway }: StackConfig): boolean =>
  gateway.form !== 'none' && gateway.tls.issuer !== undefined;

/** What the Prometheus of the configuration knows beside what it scrapes: only a cluster's own sees nodes and kubelets. */
function observedTargets(config: StackConfig): ReadonlySet<ObservedTarget> {
  const { use } = config.kubeStateMetrics;
  const shared = config.prometheus.use === 'operator';
  const known: readonly (readonly [ObservedTarget, boolean])[] = [
    ['always', true],
    ['kubernetes', use === 'bundled' || (shared && use === 'external')],
    ['nodes', shared && use === 'external'],
    ['kubelet', shared],
    ['certificate', asksForCertificate(config)],
  ];
  return new Set(known.flatMap(([target, isKnown]) => (isKnown ? [target] : [])));
}
