import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../contract/parse-config.ts';
import { seriesOf } from '../testing.ts';
import type { LanguageModel } from '../upstreams/language-model.ts';
import { HealthMonitor } from './health-monitor.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

function setUp() {
  const lines: { msg: string; dependency: string; reason?: string }[] = [];
  const config = parseConfig({ JWT_SECRET: 'x'.repeat(32) });
  const log = createLogger(config, '0', { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const metrics = createMetrics({ models: ['m'], variants: ['v'], dependencies: ['llm', 'vector_db', 'cache'] });
  const broken = new Set<string>();
  const dependency = (name: string) => ({
    kind: 'embedded' as const,
    detail: name,
    check: async () => {
      if (broken.has(name)) throw new Error(`${name} is broken`);
    },
  });
  let text = 'yes';
  const model: LanguageModel = {
    name: 'm',
    price: { input: 0, output: 0 },
    generate: async ({ passages }) => ({ text, used: [...passages.keys()], inputTokens: 1, outputTokens: 1 }),
  };
  const dependencies = { llm: dependency('llm'), vector_db: dependency('vector_db'), cache: dependency('cache') };
  const monitor = new HealthMonitor(dependencies, [model], metrics, log, 1_000);
  return {
    monitor,
    broken,
    lines,
    say: (words: string) => (text = words),
    series: async () => seriesOf(await metrics.registry.metrics()),
  };
}

describe('the health monitor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('knows every dependency and model by name, before and after the first check', async () => {
    const { monitor } = setUp();
    expect([...monitor.dependencies().keys()]).toEqual(['llm', 'vector_db', 'cache']);
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

  it('stops every check', async () => {
    const { monitor } = setUp();
    await monitor.start();
    monitor.stop();
    const at = monitor.models().get('m')?.at;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(monitor.models().get('m')?.at).toBe(at);
  });
});
