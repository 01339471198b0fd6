import { TracerProvider } from '@opentelemetry/sdk-trace';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { histogram } from '../contract/metric.ts';
import { Exposition } from './exposition.ts';
import { createHandles } from './metrics.ts';
import { Trace } from './trace.ts';

const tracer = new TracerProvider().getTracer('test');

const traceId = '0af7651916cd43dd8448eb211c80319c';

/** A trace whose caller has decided whether it is sampled. */
const traceOf = (sampled: boolean) =>
  Trace.begin(tracer, 'test', {}, { traceparent: `00-${traceId}-b7ad6b7169203331-0${sampled ? 1 : 0}` }, 'r');

function setUp() {
  const registry = new Registry();
  const handles = createHandles(
    {
      took_seconds: histogram({
        help: 'A time',
        unit: 'seconds',
        labels: { model: { configured: 'models' } },
        buckets: [1, 2],
        exemplars: true,
      }),
    },
    { models: ['m1', 'm2'], variants: [], dependencies: [], breakers: [] },
    registry,
  );
  const exposition = new Exposition(registry);
  const exemplars = async () =>
    [...(await exposition.render('openmetrics')).matchAll(/^(\S+) (\d+) # (\S+) (\S+) (\S+)$/gm)].map(
      ([, series, count, labels, value, time]) => ({ series, count, labels, value, time: Number(time) }),
    );
  return { took: handles.took_seconds.labels({ model: 'm2' }), exemplars, exposition };
}

describe('a histogram with exemplars', () => {
  it('keeps trace, span and time of the latest observation of each bucket', async () => {
    const { took, exemplars } = setUp();
    const before = Date.now() / 1000;
    const trace = traceOf(true);
    for (const value of [0.3, 0.5, 1.5, 70]) took.observe(value, trace);

    const labels = `{trace_id="${traceId}",span_id="${trace.span.spanContext().spanId}"}`;
    const found = await exemplars();
    expect(found.map(({ time, ...rest }) => rest)).toEqual([
      { series: 'took_seconds_bucket{le="1.0",model="m2"}', count: '2', labels, value: '0.5' },
      { series: 'took_seconds_bucket{le="2.0",model="m2"}', count: '3', labels, value: '1.5' },
      { series: 'took_seconds_bucket{le="+Inf",model="m2"}', count: '4', labels, value: '70' },
    ]);
    for (const { time } of found) {
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  it('counts as well without a trace, or in one that is not sampled, and then keeps none', async () => {
    const { took, exemplars, exposition } = setUp();
    took.observe(0.5);
    took.observe(0.5, traceOf(false));
    took.observe(0.5, Trace.none);
    expect(await exemplars()).toEqual([]);
    expect(await exposition.render('openmetrics')).toContain('took_seconds_count{model="m2"} 3\n');
  });

  it('keeps an exemplar when the next observation has none', async () => {
    const { took, exemplars } = setUp();
    took.observe(0.5, traceOf(true));
    took.observe(0.6);
    expect(await exemplars()).toMatchObject([{ value: '0.5', count: '2' }]);
  });

  it('times work, and keeps its trace', async () => {
    const { took, exemplars } = setUp();
    const end = took.startTimer();
    const seconds = end(traceOf(true));
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(await exemplars()).toMatchObject([{ value: String(seconds), count: '1' }]);
  });

  it('shows no exemplar in the text format', async () => {
    const { took, exposition } = setUp();
    took.observe(0.5, traceOf(true));
    expect(await exposition.render('text')).not.toContain(traceId);
  });
});
