import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../contract/parse-config.ts';
import { ModelGate } from '../models/model-gate.ts';
import { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { Hold } from '../resilience/hold.ts';
import { modelThat, seriesOf } from '../testing.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { HealthMonitor } from './health-monitor.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';

const names = ['llm', 'vector_db', 'embeddings', 'cache'] as const;

function setUp() {
  const lines: { msg: string; dependency: string; reason?: string }[] = [];
  const config = parseConfig({ JWT_SECRET: 'x'.repeat(32) });
  const log = createLogger(config, '0', { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const metrics = createMetrics({ models: ['m'], variants: ['v'], dependencies: [...names], breakers: ['m'] });
  const broken = new Set<string>();
  const dependency = (name: string) => ({
    kind: 'embedded' as const,
    detail: name,
    check: async () => {
      if (broken.has(name)) throw new Error(`${name} is broken`);
    },
  });
  let text = 'yes';
  const inferences: string[] = [];
  const model: LanguageModel = {
    ...modelThat(() => Promise.reject(new Error('is not asked'))),
    name: 'm',
    generate: async ({ question }) => {
      inferences.push(question);
      if (text === 'nothing, ever') await new Promise<never>(() => undefined);
      if (text === 'fail') throw new UpstreamError('m', 'server', 'answered 500');
      return { text, used: [0], inputTokens: 1, outputTokens: 1, finish: 'stop' };
    },
  };
  const breaker = new CircuitBreaker(
    { name: 'm', failureThreshold: 0.5, successThreshold: 2, timeoutMs: 600_000, halfOpenRequests: 3, enabled: true },
    () => undefined,
  );
  const gate = new ModelGate(model, breaker, new Hold(), 1_000);
  const storeBreaker = new CircuitBreaker(
    { name: 's', failureThreshold: 0.5, successThreshold: 2, timeoutMs: 600_000, halfOpenRequests: 3, enabled: true },
    () => undefined,
  );
  const dependencies = {
    llm: dependency('llm'),
    vector_db: { ...dependency('vector_db'), breaker: storeBreaker },
    embeddings: dependency('embeddings'),
    cache: dependency('cache'),
  };
  const monitor = new HealthMonitor(dependencies, { gates: new Map([['m', gate]]) }, metrics, log, 1_000);
  return {
    monitor,
    gate,
    storeBreaker,
    inferences,
    broken,
    lines,
    say: (words: string) => (text = words),
    series: async () => seriesOf(await metrics.registry.metrics()),
  };
}

describe('the health monitor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0); // No jitter: a check each interval.
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('knows every dependency and model by name, before and after the first check', async () => {
    const { monitor } = setUp();
    expect([...monitor.dependencies().keys()]).toEqual([...names]);
    expect(monitor.models().get('m')).toBeUndefined();
    await monitor.start();
    for (const { result } of monitor.dependencies().values()) expect(result?.healthy).toBe(true);
    expect(monitor.models().get('m')?.healthy).toBe(true);
    monitor.stop();
  });

  it('sees failure and recovery within one interval, and logs each once', async () => {
    const { monitor, broken, lines, series } = setUp();
    await monitor.start();

    broken.add('vector_db');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.dependencies().get('vector_db')?.result).toMatchObject({ healthy: false });
    expect((await series()).get('dependency_up{dependency="vector_db"}')).toBe(0);
    await vi.advanceTimersByTimeAsync(3_000);

    broken.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.dependencies().get('vector_db')?.result).toMatchObject({ healthy: true });
    expect((await series()).get('dependency_up{dependency="vector_db"}')).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(lines.map(({ msg, dependency, reason }) => [msg, dependency, reason])).toEqual([
      ['dependency is unhealthy', 'vector_db', 'vector_db is broken'],
      ['dependency has recovered', 'vector_db', undefined],
    ]);
    monitor.stop();
  });

  it('calls a model that says nothing unhealthy', async () => {
    const { monitor, say, series } = setUp();
    say(' ');
    await monitor.start();
    expect(monitor.models().get('m')).toMatchObject({ healthy: false, reason: 'the test inference gave no answer' });
    expect((await series()).get('llm_health_check_failures_total{model="m"}')).toBe(1);
    monitor.stop();
  });

  it('gives up a test inference after 10 s', async () => {
    const { monitor, say } = setUp();
    say('nothing, ever');
    const started = monitor.start();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(monitor.models().get('m')).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await started;
    expect(monitor.models().get('m')).toMatchObject({
      healthy: false,
      reason: 'no answer within 10 s',
      latencyMs: 10_000,
      lastSuccess: undefined,
    });
    monitor.stop();
  });

  it('believes a test that was given up, however well the last call went', async () => {
    const { monitor, say } = setUp();
    await monitor.start();
    const success = monitor.models().get('m')?.at;
    say('nothing, ever');
    await vi.advanceTimersByTimeAsync(70_000);
    expect(monitor.models().get('m')).toMatchObject({
      healthy: false,
      reason: 'no answer within 10 s',
      lastSuccess: success,
    });
    monitor.stop();
  });

  it('calls the models down as soon as each is, and back as soon as one is', async () => {
    const { monitor, gate, series } = setUp();
    await monitor.start();
    await vi.advanceTimersByTimeAsync(1_000);
    const llm = () => monitor.dependencies().get('llm')?.result;
    const tested = monitor.models().get('m')?.at;

    gate.tryAcquire()?.failed(new UpstreamError('m', 'server', 'answered 500'), false);
    expect(llm()).toMatchObject({ healthy: false, reason: 'm: answered 500', at: new Date(), lastSuccess: tested });
    gate.tryAcquire()?.succeeded(10);
    expect(llm()).toMatchObject({ healthy: true });
    gate.tryAcquire()?.failed(new UpstreamError('m', 'server', 'answered 500'), false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await series()).get('dependency_up{dependency="llm"}')).toBe(0);
    monitor.stop();
  });

  it('sees the recovery of a model that is tested, and of the models, in one interval', async () => {
    const { monitor, lines, say, series } = setUp();
    say('fail');
    await monitor.start();
    expect(monitor.dependencies().get('llm')?.result).toMatchObject({ healthy: false, lastSuccess: undefined });
    say('yes');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.models().get('m')).toMatchObject({ healthy: true });
    expect(monitor.dependencies().get('llm')?.result).toMatchObject({ healthy: true });
    expect((await series()).get('dependency_up{dependency="llm"}')).toBe(1);
    expect((await series()).get('llm_health_status{model="m"}')).toBe(1);
    expect(lines.map(({ msg, dependency }) => [msg, dependency]).toSorted()).toEqual([
      ['dependency has recovered', 'llm'],
      ['dependency has recovered', 'model m'],
      ['dependency is unhealthy', 'llm'],
      ['dependency is unhealthy', 'model m'],
    ]);
    monitor.stop();
  });

  it('calls the models down while their endpoint is, however they were', async () => {
    const { monitor, broken } = setUp();
    await monitor.start();
    broken.add('llm');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.models().get('m')?.healthy).toBe(true);
    expect(monitor.dependencies().get('llm')?.result).toMatchObject({ healthy: false, reason: 'llm is broken' });
    monitor.stop();
  });

  it('asks a model nothing while it has real traffic, whose outcome says how it is', async () => {
    const { monitor, gate, inferences } = setUp();
    await monitor.start();
    expect(inferences).toHaveLength(1);

    gate.tryAcquire()?.failed(new UpstreamError('m', 'server', 'answered 500'), false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.models().get('m')).toMatchObject({ healthy: false, reason: 'm: answered 500' });
    gate.tryAcquire()?.succeeded(10);
    const called = new Date();
    await vi.advanceTimersByTimeAsync(1_000);
    // A check that asks nothing makes nothing newer.
    expect(monitor.models().get('m')).toMatchObject({ healthy: true, at: called, lastSuccess: called, latencyMs: 10 });

    await vi.advanceTimersByTimeAsync(57_000);
    expect(inferences).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(inferences).toHaveLength(2);
    monitor.stop();
  });

  it('calls a dependency down as soon as its breaker is open, and ends the wait when its check succeeds', async () => {
    const { monitor, storeBreaker } = setUp();
    await monitor.start();
    for (let i = 0; i < 5; i += 1) storeBreaker.tryAcquire()?.failure();
    expect(monitor.dependencies().get('vector_db')?.result).toMatchObject({
      healthy: false,
      reason: 'its breaker is open',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(storeBreaker.state).toBe('half_open');
    expect(monitor.dependencies().get('vector_db')?.result).toMatchObject({ healthy: true });
    monitor.stop();
  });

  it('probes a model whose breaker is open, and lets it back', async () => {
    const { monitor, gate, say } = setUp();
    say('fail');
    await monitor.start();
    for (let i = 0; i < 5; i += 1) gate.tryAcquire()?.failed(new UpstreamError('m', 'server', 'answered 500'), false);
    expect(gate.breaker.state).toBe('open');
    say('yes');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(gate.breaker.state).toBe('half_open');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(gate.breaker.state).toBe('closed');
    monitor.stop();
  });

  it('stops every check', async () => {
    const { monitor, inferences } = setUp();
    await monitor.start();
    monitor.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(inferences).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
