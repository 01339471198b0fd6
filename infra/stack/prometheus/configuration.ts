import { parseQuantity } from '../../quantity.ts';
import type { AlertmanagerLink } from '../alertmanager.ts';
import type { SecretReference } from '../../secret.ts';
import type { OutsideTarget } from './cert-manager.ts';
import type { ScrapeTarget } from './scrape.ts';

/** The keys of `prometheus.yml` that we use: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
export interface PrometheusConfiguration {
  readonly global: {
    readonly scrape_interval: string;
    readonly scrape_timeout: string;
    readonly evaluation_interval: string;
    readonly external_labels: Readonly<Record<string, string>>;
  };
  readonly rule_files: readonly string[];
  readonly alerting?: { readonly alertmanagers: readonly AlertmanagersConfiguration[] };
  readonly storage: {
    readonly tsdb: { readonly retention: { readonly time: string; readonly size: string } };
    readonly exemplars: { readonly max_exemplars: number };
  };
  readonly scrape_configs: readonly ScrapeConfiguration[];
}

interface DnsDiscovery {
  readonly names: readonly string[];
  readonly type: 'A';
  readonly port: number;
  readonly refresh_interval: string;
}

interface AlertmanagersConfiguration {
  readonly scheme?: string;
  readonly path_prefix?: string;
  readonly dns_sd_configs?: readonly DnsDiscovery[];
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
}

interface ScrapeConfiguration {
  readonly job_name: string;
  readonly metrics_path: string;
  readonly honor_labels: boolean;
  readonly authorization?: { readonly type: 'Bearer'; readonly credentials_file: string };
  readonly dns_sd_configs: readonly DnsDiscovery[];
  readonly metric_relabel_configs?: readonly {
    readonly source_labels: readonly string[];
    readonly regex: string;
    readonly action: 'keep';
  }[];
}

/** What the configuration is made from. */
export interface PrometheusConfigurationArgs {
  readonly namespace: string;
  readonly targets: readonly ScrapeTarget[];
  readonly outside: readonly OutsideTarget[];
  readonly alertmanager: AlertmanagerLink | undefined;
  readonly retentionDays: number;
  /** Size of the volume, as a Kubernetes quantity. */
  readonly volumeSize: string;
}

/** File of rules, beside `prometheus.yml`. */
export const ruleFileName = 'rules.yml';

/** Folder with the keys of a secret that Prometheus shows to what it scrapes. */
export const secretFolder = (secret: string): string => `/etc/prometheus-secrets/${secret}`;

/**
 * The configuration of Prometheus. Windows of 5 minutes in the rules hold 20 samples at one each 15 seconds. The namespace is
 * an external label, so that who gets alerts of several stacks can tell them apart, as with an operator's Prometheus. Copies
 * of Prometheus have the same labels: Alertmanager then takes their alerts for one.
 */
export function prometheusConfiguration(args: PrometheusConfigurationArgs): PrometheusConfiguration {
  return {
    global: {
      scrape_interval: '15s',
      scrape_timeout: '10s',
      evaluation_interval: '15s',
      external_labels: { namespace: args.namespace },
    },
    rule_files: [ruleFileName],
    ...(args.alertmanager && { alerting: { alertmanagers: [alertmanagers(args.alertmanager)] } }),
    storage: {
      tsdb: { retention: { time: `${args.retentionDays}d`, size: retentionSize(args.volumeSize) } },
      // About 100 bytes each: https://prometheus.io/docs/prometheus/latest/feature_flags/#exemplars-storage
      exemplars: { max_exemplars: 100_000 },
    },
    scrape_configs: [
      ...args.targets.map(scrapeConfiguration),
      ...args.outside.map((target) => outsideConfiguration(target, args.namespace)),
    ],
  };
}

function scrapeConfiguration(target: ScrapeTarget): ScrapeConfiguration {
  return {
    job_name: target.job,
    metrics_path: target.path,
    honor_labels: target.honorLabels,
    ...(target.bearer && { authorization: { type: 'Bearer', credentials_file: credentialsFile(target.bearer) } }),
    dns_sd_configs: [discovery(target.dnsName, target.port.number)],
  };
}

/** Its series tell of objects of the stack's namespace, by their own label; those of other namespaces are nobody's business. */
function outsideConfiguration({ job, dnsName, port, series }: OutsideTarget, namespace: string): ScrapeConfiguration {
  return {
    job_name: job,
    metrics_path: '/metrics',
    honor_labels: true,
    dns_sd_configs: [discovery(dnsName, port)],
    metric_relabel_configs: [
      { source_labels: ['__name__', 'namespace'], regex: `${series};${namespace}`, action: 'keep' },
    ],
  };
}

const credentialsFile = ({ secret, key }: SecretReference) => `${secretFolder(secret)}/${key}`;

/** New copies are met within one scrape interval; the default of 30 s would lose their first samples. */
const discovery = (name: string, port: number): DnsDiscovery => ({
  names: [name],
  type: 'A',
  port,
  refresh_interval: '15s',
});

/** Each copy of a bundled Alertmanager gets every alert: they agree among themselves on who tells it. */
function alertmanagers({ url, peers }: AlertmanagerLink): AlertmanagersConfiguration {
  if (peers) return { dns_sd_configs: [discovery(peers.dnsName, peers.port)] };
  const { protocol, host, pathname } = new URL(url);
  return { scheme: protocol.slice(0, -1), path_prefix: pathname, static_configs: [{ targets: [host] }] };
}

/**
 * 80 % of the volume, the share that the manual names; the rest is for compactions, which keep old and new blocks for a
 * moment: https://prometheus.io/docs/prometheus/latest/storage/#right-sizing-retention-size. Its MB are powers of two.
 */
const retentionSize = (volumeSize: string): string => `${Math.floor((parseQuantity(volumeSize) / 2 ** 20) * 0.8)}MB`;
