import { accessGroups } from './service/access.ts';
import { alertmanagerGroups } from './monitoring/alertmanager.ts';
import { answerGroups } from './service/answers.ts';
import { backupGroups, defaultBackupHours, type BackupHours } from './stack/backup.ts';
import { breakerGroups } from './service/breakers.ts';
import { cacheGroups } from './service/caches.ts';
import { certificateGroups } from './stack/certificate.ts';
import { collectorGroups } from './stack/collector.ts';
import { degradationGroups } from './service/degradation.ts';
import { dependencyGroups } from './service/dependencies.ts';
import { finish, type FinishOptions } from './finish.ts';
import { jsonGroups } from './service/json.ts';
import { limitGroups } from './kubernetes/limits.ts';
import { memoryGroups } from './kubernetes/memory.ts';
import { nodeGroups } from './kubernetes/nodes.ts';
import { podGroups } from './kubernetes/pods.ts';
import { workloadGroups } from './kubernetes/workloads.ts';
import { litellmGroups } from './stack/litellm.ts';
import { loadGroups } from './service/load.ts';
import { logGroups } from './stack/logs.ts';
import { modelCallGroups } from './service/model-calls.ts';
import { modelHealthGroups } from './service/model-health.ts';
import { moneyGroups } from './service/money.ts';
import { processGroups } from './service/process.ts';
import { prometheusGroups } from './monitoring/prometheus.ts';
import { rulePromql, type Promql } from './promql/promql.ts';
import { qdrantGroups } from './stack/qdrant.ts';
import { redisGroups } from './stack/redis.ts';
import type { Draft, RuleGroup } from './rule.ts';
import { sloGroups } from './slo/groups.ts';
import type { Target } from './target.ts';
import { targetGroups } from './stack/targets.ts';
import { telemetryGroups } from './service/telemetry.ts';
import { teiGroups } from './stack/tei.ts';
import { variantGroups } from './service/variants.ts';
import { watchdogGroups } from './monitoring/watchdog.ts';

/** What the rules depend on beside the parts of the stack. */
export interface RuleOptions extends FinishOptions {
  readonly backupHours?: BackupHours;
}

/** What a stack's rules are made with. */
interface Settings {
  readonly backupHours: BackupHours;
  /** The stack's, where Prometheus watches several. */
  readonly namespace: string | undefined;
}

/** Each concern has a file of its own in this folder. */
const concerns: readonly ((promql: Promql, settings: Settings) => RuleGroup<Draft>[])[] = [
  targetGroups,
  sloGroups,
  answerGroups,
  jsonGroups,
  degradationGroups,
  modelHealthGroups,
  modelCallGroups,
  breakerGroups,
  cacheGroups,
  loadGroups,
  processGroups,
  dependencyGroups,
  moneyGroups,
  variantGroups,
  accessGroups,
  telemetryGroups,
  redisGroups,
  qdrantGroups,
  teiGroups,
  litellmGroups,
  podGroups,
  memoryGroups,
  workloadGroups,
  limitGroups,
  nodeGroups,
  prometheusGroups,
  watchdogGroups,
  alertmanagerGroups,
  collectorGroups,
  logGroups,
  (promql, { backupHours }) => backupGroups(promql, backupHours),
  (promql, { namespace }) => certificateGroups(promql, namespace),
];

/** Every rule there is as its author wrote it, whatever a stack has. */
export function draftGroups(options: RuleOptions = {}): RuleGroup<Draft>[] {
  const { namespace, backupHours = defaultBackupHours, timeScale = 1 } = options;
  const promql = rulePromql(namespace, timeScale);
  return concerns.flatMap((groups) => groups(promql, { backupHours, namespace }));
}

/** The rules of a stack: each group whose target the stack has. */
export function ruleGroups(targets: ReadonlySet<Target>, options: RuleOptions = {}): RuleGroup[] {
  return draftGroups(options)
    .filter(({ target }) => targets.has(target))
    .map((group) => finishGroup(group, options));
}

/** The group with its rules as Prometheus reads them. */
export function finishGroup(group: RuleGroup<Draft>, options: RuleOptions): RuleGroup {
  return { ...group, rules: group.rules.map((draft) => finish(draft, options)) };
}

/** The content of a rule file, and the `spec` of a PrometheusRule: what only we know of a group is left out. */
export function ruleFile(groups: readonly RuleGroup[]) {
  return { groups: groups.map(({ name, rules }) => ({ name, rules: [...rules] })) };
}
