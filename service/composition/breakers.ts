import type { Config } from '../contract/config.ts';
import type { ModelEntry } from '../contract/models.ts';
import { CircuitBreaker, type CircuitState } from '../resilience/circuit-breaker.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What breakers are made with. */
export interface BreakerParts {
  readonly config: Config;
  readonly metrics: Pick<Metrics, 'circuit_breaker_state'>;
  readonly log: Logger;
  /** Is called after each change of state. */
  readonly onChange: () => void;
}

const stateNumbers: Readonly<Record<CircuitState, number>> = { closed: 0, open: 1, half_open: 2 };

/** Breakers of dependencies come back sooner than those of models, since a model takes its time to warm up. */
const dependencySettings = { timeoutMs: 30_000, successThreshold: 2 } as const;

/** A model's breaker, by `CIRCUIT_BREAKER_*` unless the table of models says otherwise. */
export function modelBreaker(name: string, overrides: ModelEntry['breaker'], parts: BreakerParts): CircuitBreaker {
  const { config } = parts;
  return reported(name, parts, (onState) => {
    const options = {
      name,
      enabled: config.CIRCUIT_BREAKER_ENABLED,
      failureThreshold: overrides.failure_threshold ?? config.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
      successThreshold: overrides.success_threshold ?? config.CIRCUIT_BREAKER_SUCCESS_THRESHOLD,
      timeoutMs: (overrides.timeout_secs ?? config.CIRCUIT_BREAKER_TIMEOUT_SECS) * 1000,
      halfOpenRequests: overrides.half_open_requests ?? config.CIRCUIT_BREAKER_HALF_OPEN_REQUESTS,
    };
    return new CircuitBreaker(options, onState);
  });
}

/** The breaker of a dependency other than a model. */
export function dependencyBreaker(name: string, parts: BreakerParts): CircuitBreaker {
  const { config } = parts;
  return reported(name, parts, (onState) => {
    const options = {
      name,
      enabled: config.CIRCUIT_BREAKER_ENABLED,
      failureThreshold: config.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
      halfOpenRequests: config.CIRCUIT_BREAKER_HALF_OPEN_REQUESTS,
      ...dependencySettings,
    };
    return new CircuitBreaker(options, onState);
  });
}

type OnState = (state: CircuitState, previous: CircuitState) => void;

/** A breaker whose state is in the metrics, and whose changes are in the log. */
function reported(name: string, parts: BreakerParts, make: (onState: OnState) => CircuitBreaker): CircuitBreaker {
  const gauge = parts.metrics.circuit_breaker_state.labels({ model: name });
  gauge.set(stateNumbers.closed);
  return make((state, previous) => {
    gauge.set(stateNumbers[state]);
    const level = state === 'closed' ? 'info' : 'warn';
    parts.log[level]({ upstream: name, circuit_state: state, previous }, `circuit breaker is now ${state}`);
    parts.onChange();
  });
}
