import { scheduledTargets, scrapedTargets, type ObservedTarget, type Target } from '../../../alerts/target.ts';
import type { Workload } from '../../workload.ts';
import { scrapeTargets } from './scrape.ts';

/**
 * What the alert rules can watch: everything of the workloads that is scraped, what else Prometheus knows, and the schedules
 * where kube-state-metrics tells how they end.
 *
 * @throws when something is scraped that alerts/target.ts does not list: nobody would learn that it is down.
 */
export function ruleTargets(
  workloads: readonly Workload[],
  observed: ReadonlySet<ObservedTarget>,
): ReadonlySet<Target> {
  const jobs = scrapeTargets(workloads).map(({ job }) => job);
  const scraped = jobs.map((job) => {
    const target = scrapedTargets.find((each) => each === job);
    if (target === undefined) throw new Error(`Prometheus scrapes "${job}": list it in alerts/target.ts`);
    return target;
  });
  const running = new Set(
    workloads.flatMap(({ name, runs }) => (runs.as === 'schedule' && runs.suspended !== true ? [name] : [])),
  );
  const scheduled = scheduledTargets.filter((target) => observed.has('kubernetes') && running.has(target));
  return new Set<Target>([...scraped, ...scheduled, ...observed]);
}
