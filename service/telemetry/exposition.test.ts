import { Counter, Gauge, Registry } from 'prom-client';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { counter, gauge, histogram } from '../contract/metric.ts';
import { seriesOf } from '../testing.ts';
import { Exposition } from './exposition.ts';
import { createHandles, createMetrics } from './metrics.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const names = { models: ['m1'], variants: ['v1'], dependencies: ['d1'], breakers: ['b1'] };

function setUp() {
  const registry = new Registry();
  const handles = createHandles(
    {
      asked_total: counter({ help: 'Say "how\\why"', unit: 'questions', labels: { kind: ['a"b\\c\nd'] } }),
      level: gauge({ help: 'A level', unit: 'things' }),
      took_seconds: histogram({ help: 'A time', unit: 'seconds', labels: { kind: ['a'] }, buckets: [0.5, 2] }),
    },
    names,
    registry,
  );
  handles.asked_total.labels({ kind: 'a"b\\c\nd' }).inc(3);
  handles.took_seconds.labels({ kind: 'a' }).observe(1.5);
  return { exposition: new Exposition(registry), handles };
}

describe('an exposition', () => {
  it('is in the text format', async () => {
    expect(await setUp().exposition.render('text')).toBe(String.raw`# HELP asked_total Say "how\\why"
# TYPE asked_total counter
asked_total{kind="a\"b\\c\nd"} 3
# HELP level A level
# TYPE level gauge
level 0
# HELP took_seconds A time
# TYPE took_seconds histogram
took_seconds_bucket{le="0.5",kind="a"} 0
took_seconds_bucket{le="2",kind="a"} 1
took_seconds_bucket{le="+Inf",kind="a"} 1
took_seconds_sum{kind="a"} 1.5
took_seconds_count{kind="a"} 1
`);
  });

  it('is in OpenMetrics', async () => {
    expect(await setUp().exposition.render('openmetrics')).toBe(String.raw`# HELP asked Say \"how\\why\"
# TYPE asked counter
asked_total{kind="a\"b\\c\nd"} 3
# HELP level A level
# TYPE level gauge
level 0
# HELP took_seconds A time
# TYPE took_seconds histogram
took_seconds_bucket{le="0.5",kind="a"} 0
took_seconds_bucket{le="2.0",kind="a"} 1
took_seconds_bucket{le="+Inf",kind="a"} 1
took_seconds_sum{kind="a"} 1.5
took_seconds_count{kind="a"} 1
# EOF
`);
  });

  it.each(['text', 'openmetrics'] as const)('has no empty line however late each line is, as %s', async (format) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
    expect(await setUp().exposition.render(format)).not.toMatch(/\n\n|^\n/);
  });

  it.each([
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [0.1 + 0.2, '0.30000000000000004'],
  ])('writes %d as %s', async (value, written) => {
    const { exposition, handles } = setUp();
    handles.level.labels({}).set(value);
    expect(await exposition.render('text')).toContain(`\nlevel ${written}\n`);
  });

  it('says of the service what prom-client says', async () => {
    const { registry } = createMetrics(names);
    const familiesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
    const seriesNow = (text: string) => [...seriesOf(text).keys()].filter((name) => !name.startsWith('nodejs_gc'));
    const own = await new Exposition(registry).render('text');
    const theirs = await registry.metrics();
    expect(familiesOf(own)).toEqual(familiesOf(theirs));
    expect(seriesNow(own)).toEqual(seriesNow(theirs));
  });
});

describe('the event loop', () => {
  /** How often the loop turned while 1,000 series were rendered, on a clock that moves a millisecond a look. */
  async function turnsWhile(registry: Registry): Promise<number> {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
    let rendering = true as boolean;
    const text = new Exposition(registry).render('text').finally(() => (rendering = false));
    let turns = 0;
    while (rendering) {
      await nextTurn();
      turns += 1;
    }
    expect(seriesOf(await text).size).toBe(1000);
    return turns;
  }

  it('turns between metrics', async () => {
    const registry = new Registry();
    for (let index = 0; index < 1000; index += 1) {
      new Gauge({ name: `level_${index}`, help: 'One of many', registers: [registry] });
    }
    expect(await turnsWhile(registry)).toBeGreaterThan(500);
  });

  it('turns within a metric of many series', async () => {
    const registry = new Registry();
    const level = new Gauge({ name: 'level', help: 'Of many', labelNames: ['kind'], registers: [registry] });
    for (let index = 0; index < 1000; index += 1) level.set({ kind: String(index) }, index);
    expect(await turnsWhile(registry)).toBeGreaterThan(500);
  });
});

describe('scrapes at the same time', () => {
  it('are rendered one by one, each with what was counted before it was asked for', async () => {
    const { exposition, handles } = setUp();
    const level = handles.level.labels({});
    level.set(1);
    const first = exposition.render('text');
    await Promise.resolve();
    level.set(2);
    const [second, third] = [exposition.render('text'), exposition.render('text')];
    const other = exposition.render('openmetrics');
    expect(third).toBe(second);
    expect(await first).toMatch(/^level [12]$/m);
    expect(await second).toMatch(/^level 2$/m);
    expect(await other).toMatch(/^level 2$/m);
    level.set(3);
    expect(await exposition.render('text')).toMatch(/^level 3$/m);
  });

  it('never take turns, which would add up what each takes of the event loop', async () => {
    // Time for a single line between two turns.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
    const registry = new Registry();
    const collected: string[] = [];
    for (const name of ['a', 'b']) {
      new Gauge({ name, help: 'One of two', registers: [registry], collect: () => void collected.push(name) });
    }
    const exposition = new Exposition(registry);
    await Promise.all([exposition.render('text'), exposition.render('openmetrics')]);
    expect(collected).toEqual(['a', 'b', 'a', 'b']);
  });

  it('do not fail because another one did', async () => {
    const registry = new Registry();
    let broken = true;
    new Counter({
      name: 'asked_total',
      help: 'Fails at first',
      registers: [registry],
      collect() {
        if (broken) throw new Error('it broke');
      },
    });
    const exposition = new Exposition(registry);
    const failed = exposition.render('text');
    const waiting = exposition.render('openmetrics');
    await expect(failed).rejects.toThrow('it broke');
    await expect(waiting).rejects.toThrow('it broke');
    broken = false;
    expect(await exposition.render('text')).toContain('asked_total 0\n');
  });
});
