import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { boundedGauge, counter, gauge, histogram, type LabelValues, type Metric } from '../contract/metric.ts';
import { metrics as declared } from '../contract/metrics.ts';
import { seriesOf } from '../testing.ts';
import { createHandles, createMetrics } from './metrics.ts';

const names = {
  models: ['m1', 'm2'],
  variants: ['default'],
  dependencies: ['llm', 'vector_db', 'cache'],
  breakers: ['m1'],
};

const definitions = {
  plain_total: counter({ help: 'No labels', unit: 'things' }),
  labelled_total: counter({
    help: 'Labels',
    unit: 'things',
    labels: { kind: ['a', 'b'], model: { configured: 'models' } },
  }),
  level: gauge({ help: 'A level', unit: 'things', labels: { kind: ['a', 'b'] } }),
  took_seconds: histogram({ help: 'A time', unit: 'seconds', labels: { kind: ['a'] }, buckets: [1, 2] }),
};

function setUp() {
  const registry = new Registry();
  return { registry, handles: createHandles(definitions, names, registry) };
}

describe('a handle', () => {
  it('takes each declared label, and no other', () => {
    const { handles } = setUp();
    expect(() => handles.labelled_total.labels({ kind: 'a', model: 'm1' }).inc()).not.toThrow();

    /* eslint-disable @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call -- wrong on purpose */
    // tsc checks these: an expected error that is none fails the build.
    const wrong = [
      // @ts-expect-error a label is missing
      () => handles.labelled_total.labels({ kind: 'a' }),
      // @ts-expect-error a value that is not declared
      () => handles.labelled_total.labels({ kind: 'c', model: 'm1' }),
      // @ts-expect-error a counter only grows
      () => handles.plain_total.labels({}).dec(),
      // @ts-expect-error a gauge observes no distribution
      () => handles.level.labels({ kind: 'a' }).observe(1),
    ];
    /* eslint-enable @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call */
    for (const use of wrong) expect(use).toThrow();
    // @ts-expect-error a label too many does not compile either
    handles.plain_total.labels({ kind: 'a' }).inc();
  });

  it('throws for a value that is not configured', () => {
    const { handles } = setUp();
    expect(() => handles.labelled_total.labels({ kind: 'a', model: 'gpt' })).toThrow(RangeError);
    expect(() => handles.labelled_total.labels({ kind: 'a', model: 'gpt' })).toThrow(
      'labelled_total has no series {"kind":"a","model":"gpt"}',
    );
  });

  it('is the same object for the same labels, so that observing allocates nothing', () => {
    const { handles } = setUp();
    expect(handles.level.labels({ kind: 'a' })).toBe(handles.level.labels({ kind: 'a' }));
  });

  it('counts on its own series', async () => {
    const { registry, handles } = setUp();
    handles.plain_total.labels({}).inc(2);
    handles.labelled_total.labels({ model: 'm2', kind: 'b' }).inc();
    handles.level.labels({ kind: 'b' }).set(7);
    handles.took_seconds.labels({ kind: 'a' }).observe(1.5);

    expect(Object.fromEntries(seriesOf(await registry.metrics()))).toEqual({
      plain_total: 2,
      'labelled_total{kind="a",model="m1"}': 0,
      'labelled_total{kind="a",model="m2"}': 0,
      'labelled_total{kind="b",model="m1"}': 0,
      'labelled_total{kind="b",model="m2"}': 1,
      'level{kind="a"}': 0,
      'level{kind="b"}': 7,
      'took_seconds_bucket{le="1",kind="a"}': 0,
      'took_seconds_bucket{le="2",kind="a"}': 1,
      'took_seconds_bucket{le="+Inf",kind="a"}': 1,
      'took_seconds_sum{kind="a"}': 1.5,
      'took_seconds_count{kind="a"}': 1,
    });
  });
});

describe('a bounded gauge', () => {
  function setUpBounded() {
    const registry = new Registry();
    const { top } = createHandles(
      { top: boundedGauge({ help: 'Top', unit: 'things', labels: { name: { bounded: 2 } } }) },
      names,
      registry,
    );
    return { top, series: async () => Object.fromEntries(seriesOf(await registry.metrics())) };
  }

  it('has no series at first, then those that it was last given', async () => {
    const { top, series } = setUpBounded();
    expect(await series()).toEqual({});
    top.replace(new Map(Object.entries({ a: 1, b: 2 })));
    top.replace(new Map(Object.entries({ b: 3, c: 4 })));
    expect(await series()).toEqual({ 'top{name="b"}': 3, 'top{name="c"}': 4 });
  });

  it('refuses more series than its bound, and keeps those that it has', async () => {
    const { top, series } = setUpBounded();
    top.replace(new Map([['a', 1]]));
    expect(() => top.replace(new Map(Object.entries({ a: 1, b: 2, c: 3 })))).toThrow(
      new RangeError('3 values of name: at most 2 are allowed'),
    );
    expect(await series()).toEqual({ 'top{name="a"}': 1 });
  });
});

describe('the metrics of the service', () => {
  it('all exist from the start, each series at 0', async () => {
    const { registry } = createMetrics(names);
    const series = seriesOf(await registry.metrics());

    for (const [name, { type, labels }] of Object.entries<Metric>(declared)) {
      const own = [...series].filter(
        ([key]) => key.replace(/\{.*/, '') === (type === 'histogram' ? `${name}_count` : name),
      );
      const expected = Object.values<LabelValues>(labels)
        .map((values) => ('bounded' in values ? [] : 'configured' in values ? names[values.configured] : values).length)
        .reduce((product, count) => product * count, 1);
      expect([name, own.length]).toEqual([name, expected]);
      expect(own.map(([, value]) => value)).toEqual(own.map(() => 0));
    }
  });

  it('have the help of the contract', async () => {
    const { registry } = createMetrics(names);
    const text = await registry.metrics();
    for (const [name, { type, help }] of Object.entries(declared)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
  });
});
