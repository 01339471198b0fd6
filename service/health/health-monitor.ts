import type { DependencyName } from '../contract/dependencies.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { BackgroundCheck, type CheckResult } from './background-check.ts';
import { ModelCheck } from './model-check.ts';

/** A dependency as it is checked and reported. */
export interface CheckedDependency {
  /** In this process, or reached over the network. */
  readonly kind: 'embedded' | 'remote';
  /** One line about what it is, for the table that `up` prints. */
  readonly detail: string;
  /** Throws when the dependency cannot do its work. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  /** Its breaker: while open the dependency counts as down at once, and a check that succeeds ends its wait early. */
  readonly breaker?: CircuitBreaker;
  /** Why it is down as calls see it, before any check does. */
  readonly away?: () => string | undefined;
}

/** The last result of a dependency's check, with what the dependency is. */
export type DependencyHealth = CheckedDependency & { readonly result: CheckResult | undefined };

/** Checks every dependency and model in the background; health endpoints read the last results. */
export class HealthMonitor {
  readonly #dependencies = new Map<string, { dependency: CheckedDependency; check: BackgroundCheck }>();
  readonly #models = new Map<string, ModelCheck>();
  readonly #metrics: Metrics;
  readonly #log: Logger;
  /** What was unhealthy when last reported. */
  readonly #unhealthy = new Set<string>();

  constructor(
    dependencies: Readonly<Record<DependencyName, CheckedDependency>>,
    catalogue: Pick<ModelCatalogue, 'gates'>,
    metrics: Metrics,
    log: Logger,
    intervalMs?: number,
  ) {
    this.#metrics = metrics;
    this.#log = log;
    // One check may say something about others, as the models do about the dependency `llm`.
    const onResult = () => this.#report();
    for (const [name, dependency] of Object.entries(dependencies)) {
      const run = (signal: AbortSignal) => checkBehindBreaker(dependency, signal);
      const interval = intervalMs === undefined ? {} : { intervalMs };
      this.#dependencies.set(name, { dependency, check: new BackgroundCheck({ run, onResult, ...interval }) });
    }
    for (const gate of catalogue.gates.values()) {
      this.#models.set(gate.model.name, new ModelCheck(gate, metrics, onResult, intervalMs));
    }
  }

  /** Checks everything once, then in the background. */
  async start(): Promise<void> {
    // Models first: without them the dependency `llm` is not known.
    await Promise.all([...this.#models.values()].map((check) => check.start()));
    await Promise.all([...this.#dependencies.values()].map(({ check }) => check.start()));
  }

  stop(): void {
    for (const check of this.#models.values()) check.stop();
    for (const { check } of this.#dependencies.values()) check.stop();
  }

  /** The dependencies by name. One that calls find to be away is down at once, whatever the last check found. */
  dependencies(): ReadonlyMap<string, DependencyHealth> {
    return new Map(
      [...this.#dependencies].map(([name, { dependency, check }]) => {
        const { result } = check;
        const found = result && (awayNow(dependency, result) ?? (name === 'llm' ? this.#byModels(result) : result));
        return [name, { ...dependency, result: found }];
      }),
    );
  }

  /** How each model is, by its last test inference or real call, by name; `undefined` before the first check. */
  models(): ReadonlyMap<string, CheckResult | undefined> {
    return new Map([...this.#models].map(([name, check]) => [name, check.result]));
  }

  /** The models' endpoint is of no use while no model behind it is healthy: down and back as soon as they are. */
  #byModels(endpoint: CheckResult): CheckResult {
    const models = [...this.models().values()].filter((result) => result !== undefined);
    const [first] = models;
    if (!endpoint.healthy || !first || models.some(({ healthy }) => healthy)) return endpoint;
    const successes = models.map(({ lastSuccess }) => lastSuccess?.getTime() ?? 0);
    const latest = Math.max(...successes);
    return { ...first, lastSuccess: latest === 0 ? undefined : new Date(latest) };
  }

  /** Brings the metrics up to date, and logs what has become unhealthy or has recovered; not every check. */
  #report(): void {
    for (const [dependency, { result }] of this.dependencies()) {
      if (!result) continue;
      this.#metrics.dependency_up.labels({ dependency }).set(result.healthy ? 1 : 0);
      this.#logChange(dependency, result);
    }
    for (const [model, result] of this.models()) {
      if (!result) continue;
      this.#metrics.llm_health_status.labels({ model }).set(result.healthy ? 1 : 0);
      this.#logChange(`model ${model}`, result);
    }
  }

  #logChange(dependency: string, { healthy, reason }: CheckResult): void {
    if (healthy && this.#unhealthy.delete(dependency)) this.#log.info({ dependency }, 'dependency has recovered');
    if (healthy || this.#unhealthy.has(dependency)) return;
    this.#unhealthy.add(dependency);
    this.#log.warn({ dependency, reason }, 'dependency is unhealthy');
  }
}

/** Checks a dependency. While its breaker is half open a check is a probe like any call, so that it closes without any. */
async function checkBehindBreaker({ breaker, check }: CheckedDependency, signal: AbortSignal): Promise<void> {
  const permit = breaker?.state === 'half_open' ? breaker.tryAcquire() : undefined;
  try {
    await check(signal);
  } catch (error) {
    permit?.failure();
    throw error;
  }
  permit?.success();
  breaker?.endWaitEarly();
}

/** The result of a dependency that calls find to be away; nothing when they do not. */
function awayNow({ breaker, away }: CheckedDependency, result: CheckResult): CheckResult | undefined {
  const reason = breaker?.state === 'open' ? 'its breaker is open' : away?.();
  return reason === undefined ? undefined : { ...result, healthy: false, reason };
}
