import { namespaceOf, type KubernetesObject, type ObjectMeta } from './object.ts';
import type { Relabelling, ScrapeJob } from './scrape-job.ts';
import { namesService } from './service-name.ts';
import { textOf } from './text.ts';

/** What a job may find: the pods of a workload behind one of their Services. */
export interface Candidate {
  readonly service: KubernetesObject;
  readonly pod: ObjectMeta;
}

/** Whether a job of a Prometheus in a namespace scrapes pods by their Service: as a target, by its DNS name, or by discovery. */
export function scrapes(job: ScrapeJob, from: string, candidate: Candidate): boolean {
  const named = [
    ...job.static_configs.flatMap(({ targets }) => targets),
    ...job.dns_sd_configs.flatMap(({ names }) => names),
  ];
  if (named.some((address) => namesService(address, from, candidate.service))) return true;
  return job.kubernetes_sd_configs.some(
    ({ role, namespaces: { own_namespace, names } }) =>
      ['pod', 'service', 'endpoints', 'endpointslice'].includes(role) &&
      among([...(own_namespace ? [from] : []), ...names], namespaceOf(candidate.service)) &&
      isKept(job.relabel_configs, (label) => discovered(label, role, candidate)),
  );
}

/** Whether a job has its own pod as a target. */
export const scrapesItself = ({ static_configs }: ScrapeJob): boolean =>
  static_configs.some(({ targets }) => targets.some((target) => /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(target)));

/** None named means all of them. */
const among = (namespaces: readonly string[], namespace: string) =>
  namespaces.length === 0 || namespaces.includes(namespace);

/** What is decided by a label that nobody knows yet is kept. */
function isKept(relabellings: readonly Relabelling[], valueOf: (label: string) => string | undefined): boolean {
  return relabellings.every(({ action, source_labels, separator, regex }) => {
    if (action !== 'keep' && action !== 'drop') return true;
    const values = source_labels.map(valueOf);
    return values.includes(undefined) || matches(regex, values.join(separator)) === (action === 'keep');
  });
}

/** The syntax of Go's expressions is all but JavaScript's; one that JavaScript cannot read matches nothing. */
function matches(regex: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${regex})$`, 's').test(value);
  } catch {
    return false;
  }
}

/**
 * What Prometheus' discovery gives as the value of a label; empty for one that it does not give, and nothing for one that is not
 * known before the pod runs, or that another relabelling has made.
 *
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config
 */
function discovered(label: string, role: string, { service, pod }: Candidate): string | undefined {
  if (label === '__meta_kubernetes_namespace') return namespaceOf(service);
  const [, of, field, present, key] =
    /^__meta_kubernetes_(service|pod)_(name$|label|annotation)(present)?_?(.*)$/.exec(label) ?? [];
  if (of === undefined || (of === 'pod' && field === 'name')) return undefined;
  // A pod is found without its Services, and a Service without its pods.
  if (role === (of === 'pod' ? 'service' : 'pod')) return '';
  const meta = of === 'service' ? service.metadata : pod;
  if (field === 'name') return meta?.name ?? '';
  const values = (field === 'label' ? meta?.labels : meta?.annotations) ?? {};
  const found = Object.keys(values).find((each) => each.replaceAll(/\W/g, '_') === key);
  if (found === undefined) return '';
  return present === undefined ? textOf(values[found]) : 'true';
}
