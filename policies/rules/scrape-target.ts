import { scrapes, scrapesItself } from '../kubernetes/discovery.ts';
import type { Inventory, Workload } from '../kubernetes/inventory.ts';
import { namespaceOf, type Identified, type ObjectMeta } from '../kubernetes/object.ts';
import { readScrapeJobs, scrapeConfigJob, type ScrapeJob } from '../kubernetes/scrape-job.ts';
import { selects, type LabelSelector } from '../kubernetes/selector.ts';
import type { ProgramRule } from '../rule.ts';

/** API group of the Prometheus operator. */
const operator = 'monitoring.coreos.com';

export const scrapeTarget: ProgramRule = {
  name: 'scrape-target',
  demand: 'Every server, that is every workload behind a Service, is scraped by Prometheus.',
  reason: 'Nobody is told when something fails that is not measured.',
  standard: {
    name: 'Prometheus: instrumentation',
    url: 'https://prometheus.io/docs/practices/instrumentation/#how-to-instrument',
  },
  fix: 'Add a job that names its Service, a ServiceMonitor or PodMonitor, or the annotation `prometheus.io/scrape: "true"`.',
  level: 'mandatory',
  severity: 'medium',
  checkProgram(program) {
    const jobs = jobsOf(program);
    return program.workloads.flatMap((workload) => {
      const services = program.servicesOf(workload);
      if (services.length === 0) return [];
      if (isAnnotated(workload, services) || isMonitored(program, workload, services)) return [];
      if (jobs().some((job) => finds(job, workload, services))) return [];
      const names = services.map(({ object }) => object.metadata?.name).join(' and ');
      return [
        { at: workload, message: `serves as ${names}, and no annotation, monitor or job of Prometheus scrapes it` },
      ];
    });
  },
};

function isAnnotated({ pod }: Workload, services: readonly Identified[]): boolean {
  const metas = [pod.metadata, ...services.map(({ object }) => object.metadata ?? {})];
  return metas.some(({ annotations }) => annotations?.['prometheus.io/scrape'] === 'true');
}

interface MonitorSpec {
  readonly selector?: LabelSelector;
  readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
}

/** By the operator: a ServiceMonitor goes by the labels of a Service, a PodMonitor by those of a pod. */
function isMonitored(program: Inventory, { pod, namespace }: Workload, services: readonly Identified[]): boolean {
  const matches = ({ object }: Identified, { labels }: ObjectMeta) => {
    const { selector, namespaceSelector } = (object.spec ?? {}) as MonitorSpec;
    const named = namespaceSelector?.matchNames ?? [];
    // One that names none is for its own.
    const namespaces = named.length > 0 ? named : [namespaceOf(object)];
    return (namespaceSelector?.any === true || namespaces.includes(namespace)) && selects(selector, labels);
  };
  return (
    program.ofKind(operator, 'PodMonitor').some((monitor) => matches(monitor, pod.metadata)) ||
    program
      .ofKind(operator, 'ServiceMonitor')
      .some((monitor) => services.some(({ object }) => matches(monitor, object.metadata ?? {})))
  );
}

interface Job {
  readonly job: ScrapeJob;
  /** Namespace of the Prometheus that has the job. */
  readonly from: string;
  /** Name of the ConfigMap that it is in. */
  readonly configMap?: string | undefined;
}

/** By a job: of whoever finds one of its Services, or of the Prometheus in its own pods, which reaches them as `localhost`. */
function finds({ job, from, configMap }: Job, { pod, namespace }: Workload, services: readonly Identified[]): boolean {
  const volumes = pod.spec.volumes ?? [];
  const isOwn =
    configMap !== undefined && from === namespace && volumes.some((volume) => volume.configMap?.name === configMap);
  return (
    (isOwn && scrapesItself(job)) ||
    services.some(({ object }) => scrapes(job, from, { service: object, pod: pod.metadata }))
  );
}

/** All jobs of a program, read when they are first asked for: of ConfigMaps that hold a configuration, and of ScrapeConfigs. */
function jobsOf(program: Inventory): () => readonly Job[] {
  let read: readonly Job[] | undefined;
  const readAll = () => [
    ...program.ofKind('', 'ConfigMap').flatMap(({ object }) =>
      Object.values(object.data ?? {})
        .flatMap(readScrapeJobs)
        .map((job) => ({ job, from: namespaceOf(object), configMap: object.metadata?.name })),
    ),
    ...program
      .ofKind(operator, 'ScrapeConfig')
      .flatMap(({ object }) => scrapeConfigJob(object.spec).map((job) => ({ job, from: namespaceOf(object) }))),
  ];
  return () => (read ??= readAll());
}
