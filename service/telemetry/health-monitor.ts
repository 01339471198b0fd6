import type { DependencyName } from '../contract/dependencies.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import type { Passage } from '../upstreams/retriever.ts';
import { BackgroundCheck, type CheckResult } from './background-check.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** A dependency as it is checked and reported. */
export interface CheckedDependency {
  /** In this process, or reached over the network. */
  readonly kind: 'embedded' | 'remote';
  /** One line about what it is, for the table that `up` prints. */
  readonly detail: string;
  /** Throws when the dependency cannot do its work. */
  readonly check: (signal: AbortSignal) => Promise<void>;
}

/** The last result of a dependency's check, with what the dependency is. */
export type DependencyHealth = CheckedDependency & { readonly result: CheckResult | undefined };

/** Checks every dependency and model in the background; health endpoints read the last results. */
export class HealthMonitor {
  readonly #dependencies = new Map<string, { dependency: CheckedDependency; check: BackgroundCheck }>();
  readonly #models = new Map<string, BackgroundCheck>();

  constructor(
    dependencies: Readonly<Record<DependencyName, CheckedDependency>>,
    models: readonly LanguageModel[],
    metrics: Metrics,
    log: Logger,
    intervalMs?: number,
  ) {
    const interval = intervalMs === undefined ? {} : { intervalMs };
    for (const [name, dependency] of Object.entries(dependencies)) {
      const up = metrics.dependency_up.labels({ dependency: name });
      const onResult = (result: CheckResult) => up.set(result.healthy ? 1 : 0);
      this.#dependencies.set(name, {
        dependency,
        check: new BackgroundCheck({ run: dependency.check, onResult: logged(name, log, onResult), ...interval }),
      });
    }
    for (const model of models) {
      this.#models.set(model.name, modelCheck(model, metrics, log, interval));
    }
  }

  /** Checks everything once, then in the background. */
  async start(): Promise<void> {
    // Models first: the dependency `llm` is what their checks found.
    await Promise.all([...this.#models.values()].map((check) => check.start()));
    await Promise.all([...this.#dependencies.values()].map(({ check }) => check.start()));
  }

  stop(): void {
    for (const check of this.#models.values()) check.stop();
    for (const { check } of this.#dependencies.values()) check.stop();
  }

  /** The dependencies by name. */
  dependencies(): ReadonlyMap<string, DependencyHealth> {
    return new Map(
      [...this.#dependencies].map(([name, { dependency, check }]) => [name, { ...dependency, result: check.result }]),
    );
  }

  /** The last test inference of each model, by name. */
  models(): ReadonlyMap<string, CheckResult | undefined> {
    return new Map([...this.#models].map(([name, check]) => [name, check.result]));
  }
}

const testPassage: Passage = { id: 'health', title: 'Health check', text: 'The service is healthy.', score: 1 };

/** A test inference: one sentence that the model must turn into an answer. */
function modelCheck(model: LanguageModel, metrics: Metrics, log: Logger, interval: { intervalMs?: number }) {
  const labels = { model: model.name };
  const status = metrics.llm_health_status.labels(labels);
  const duration = metrics.llm_health_check_duration_seconds.labels(labels);
  const failures = metrics.llm_health_check_failures_total.labels(labels);
  return new BackgroundCheck({
    ...interval,
    run: async (signal) => {
      const request = { question: 'Is the service healthy?', passages: [testPassage], mode: 'fast', signal } as const;
      const { text, used } = await model.generate(request);
      if (text.trim() === '' || used.length === 0) throw new Error('the test inference gave no answer');
    },
    onResult: logged(`model ${model.name}`, log, (result) => {
      status.set(result.healthy ? 1 : 0);
      duration.observe(result.latencyMs / 1000);
      if (!result.healthy) failures.inc();
    }),
  });
}

/** Logs when a thing becomes unhealthy, and when it recovers; not every check. */
function logged(name: string, log: Logger, onResult: (result: CheckResult) => void) {
  let healthy = true;
  return (result: CheckResult) => {
    if (!result.healthy && healthy) log.warn({ dependency: name, reason: result.reason }, 'dependency is unhealthy');
    if (result.healthy && !healthy) log.info({ dependency: name }, 'dependency has recovered');
    healthy = result.healthy;
    onResult(result);
  };
}
