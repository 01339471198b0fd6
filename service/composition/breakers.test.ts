import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../contract/parse-config.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { createLogger } from '../telemetry/logger.ts';
import { jwtSecret } from '../testing.ts';
import { dependencyBreaker, modelBreaker, type BreakerParts } from './breakers.ts';

const config = parseConfig({ JWT_SECRET: jwtSecret });
const breakers: CircuitBreaker[] = [];
let log: Record<string, unknown>[];
let gauge: number[];
let changes: number;
let parts: BreakerParts;

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
  gauge = [];
  changes = 0;
  parts = {
    config,
    log: createLogger(config, '0', { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) }),
    metrics: { circuit_breaker_state: { labels: () => ({ set: (value: number) => gauge.push(value) }) } } as never,
    onChange: () => (changes += 1),
  };
});
afterEach(() => {
  breakers.splice(0).forEach((breaker) => breaker.close());
  vi.useRealTimers();
});

/** Lets so many calls fail, and as many succeed as make ten. */
function failuresOfTen(breaker: CircuitBreaker, failures: number): void {
  breakers.push(breaker);
  for (let call = 10; call > failures; call -= 1) breaker.tryAcquire()?.success();
  for (let call = 0; call < failures; call += 1) breaker.tryAcquire()?.failure();
}

/** Successes in a row until it is closed. */
function successesToClose(breaker: CircuitBreaker): number {
  for (let successes = 0; ; successes += 1) {
    if (breaker.state === 'closed' || successes > 20) return successes;
    breaker.tryAcquire()?.success();
  }
}

describe('the breaker of a model', () => {
  it('does as is configured', () => {
    const breaker = modelBreaker('llama', {}, parts);
    failuresOfTen(breaker, 4);
    expect(breaker.state).toBe('closed');
    const other = modelBreaker('llama', {}, parts);
    failuresOfTen(other, 5);
    expect(other.state).toBe('open');
    expect(other.retryAfterMs()).toBe(60_000);
    vi.advanceTimersByTime(60_000);
    expect(successesToClose(other)).toBe(5);
  });

  it('does otherwise where the table says so', () => {
    const breaker = modelBreaker('qwen', { failure_threshold: 0.4, success_threshold: 3, timeout_secs: 7 }, parts);
    failuresOfTen(breaker, 4);
    expect(breaker.state).toBe('open');
    expect(breaker.retryAfterMs()).toBe(7_000);
    vi.advanceTimersByTime(7_000);
    expect(successesToClose(breaker)).toBe(3);
  });

  it('is in the metric, in the log and told of, whenever it changes', () => {
    const breaker = modelBreaker('llama', {}, parts);
    failuresOfTen(breaker, 5);
    vi.advanceTimersByTime(60_000);
    successesToClose(breaker);
    expect(gauge).toEqual([0, 1, 2, 0]);
    expect(changes).toBe(3);
    expect(log.map(({ level, upstream, circuit_state }) => [level, upstream, circuit_state])).toEqual([
      ['warn', 'llama', 'open'],
      ['warn', 'llama', 'half_open'],
      ['info', 'llama', 'closed'],
    ]);
  });
});

it('the breaker of another dependency waits 30 s, and closes after two successes', () => {
  const breaker = dependencyBreaker('vector_db', parts);
  failuresOfTen(breaker, 5);
  expect(breaker.retryAfterMs()).toBe(30_000);
  vi.advanceTimersByTime(30_000);
  expect(successesToClose(breaker)).toBe(2);
});
