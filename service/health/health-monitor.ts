import type { DependencyName } from '../contract/dependencies.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import type { ModelGate } from '../models/model-gate.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { Passage } from '../upstreams/retriever.ts';
import { BackgroundCheck, type CheckResult } from './background-check.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

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
  readonly #models = new Map<string, BackgroundCheck>();

  constructor(
    dependencies: Readonly<Record<DependencyName, CheckedDependency>>,
    catalogue: Pick<ModelCatalogue, 'gates'>,
    metrics: Metrics,
    log: Logger,
    intervalMs?: number,
  ) {
    const interval = intervalMs === undefined ? {} : { intervalMs };
    for (const [name, dependency] of Object.entries(dependencies)) {
      const up = metrics.dependency_up.labels({ dependency: name });
      const run = async (signal: AbortSignal) => {
        // While half open a check is a probe like any other, so that the breaker closes without traffic too.
        const { breaker } = dependency;
        const permit = breaker?.state === 'half_open' ? breaker.tryAcquire() : undefined;
        try {
          await dependency.check(signal);
        } catch (error) {
          permit?.failure();
          throw error;
        }
        permit?.success();
        breaker?.endWaitEarly();
      };
      const onResult = (result: CheckResult) => up.set(result.healthy && !awayReason(dependency) ? 1 : 0);
      this.#dependencies.set(name, {
        dependency,
        check: new BackgroundCheck({ run, onResult: logged(name, log, onResult), ...interval }),
      });
    }
    for (const gate of catalogue.gates.values()) {
      this.#models.set(gate.model.name, modelCheck(gate, metrics, log, interval));
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

  /** The dependencies by name. One that calls find to be away is down at once, whatever the last check found. */
  dependencies(): ReadonlyMap<string, DependencyHealth> {
    return new Map(
      [...this.#dependencies].map(([name, { dependency, check }]) => {
        const reason = awayReason(dependency);
        const { result } = check;
        return [
          name,
          { ...dependency, result: reason !== undefined && result ? { ...result, healthy: false, reason } : result },
        ];
      }),
    );
  }

  /** The last test inference of each model, or its last real call, by name. */
  models(): ReadonlyMap<string, CheckResult | undefined> {
    return new Map([...this.#models].map(([name, check]) => [name, check.result]));
  }
}

function awayReason({ breaker, away }: CheckedDependency): string | undefined {
  return breaker?.state === 'open' ? 'its breaker is open' : away?.();
}

const testPassage: Passage = { id: 'health', title: 'Health check', text: 'The service is healthy.', score: 1 };

/** What a model is tested with. The limit is small, but leaves room for one that thinks aloud before it answers. */
const testPrompt = {
  question: 'Is the service healthy?',
  passages: [testPassage],
  mode: 'fast',
  maxOutputTokens: 64,
} as const;

/**
 * A test inference: one sentence that the model must turn into an answer. It costs money, so while there is traffic the
 * last real call says how the model is.
 */
function modelCheck(gate: ModelGate, metrics: Metrics, log: Logger, interval: { intervalMs?: number }) {
  const { model } = gate;
  const labels = { model: model.name };
  const status = metrics.llm_health_status.labels(labels);
  const duration = metrics.llm_health_check_duration_seconds.labels(labels);
  const failures = metrics.llm_health_check_failures_total.labels(labels);
  return new BackgroundCheck({
    ...interval,
    run: async (signal) => {
      if (!gate.wantsTest) {
        const failed = gate.lastTraffic?.failed;
        if (failed !== undefined) throw new Error(failed);
        return;
      }
      const end = duration.startTimer();
      try {
        await gate.probe(async () => {
          const { text } = await model.generate({ ...testPrompt, signal });
          if (text.trim() === '') throw new Error('the test inference gave no answer');
        });
      } catch (error) {
        failures.inc();
        throw error;
      } finally {
        end();
      }
    },
    onResult: logged(`model ${model.name}`, log, (result) => {
      status.set(result.healthy && gate.breaker.state !== 'open' ? 1 : 0);
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
