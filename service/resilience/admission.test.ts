import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metrics as declared, priorities, type Priority } from '../contract/metrics.ts';
import { createHandles } from '../telemetry/metrics.ts';
import { Admission, type AdmissionOptions, type Slot } from './admission.ts';
import { ShedError } from './shed-error.ts';

const { signal } = new AbortController();
const lucky = () => 0.999_999;
const unlucky = () => 0;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function admissionOf(options: AdmissionOptions = {}) {
  const registry = new Registry();
  const names = { models: [], variants: [], dependencies: [], breakers: [] };
  const admission = new Admission(options, createHandles(declared, names, registry));
  const valuesOf = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values ?? [];
  return {
    admission,
    /** Limit, in flight and waiting, as the gauges say. */
    state: async () => {
      const gauges = ['rag_admission_limit', 'rag_admission_in_flight', 'rag_admission_queue_size'];
      return Promise.all(gauges.map(async (name) => (await valuesOf(name))[0]?.value));
    },
    /** What was shed, as `priority reason`, with how often. */
    shed: async () => {
      const counted = (await valuesOf('rag_requests_shed_total')).filter(({ value }) => value > 0);
      return Object.fromEntries(
        counted.map(({ labels, value }) => [`${labels['priority']} ${labels['reason']}`, value]),
      );
    },
  };
}

/** Takes slots of high priority, which are never shed by chance. */
const take = async (admission: Admission, count: number): Promise<Slot[]> =>
  Promise.all(Array.from({ length: count }, async () => admission.acquire('high', signal)));

/** Lets so many wait. */
function wait(admission: Admission, count: number, priority: Priority = 'high'): Promise<Slot>[] {
  const waiting = Array.from({ length: count }, () => admission.acquire(priority, signal, lucky));
  for (const one of waiting) one.catch(() => undefined);
  return waiting;
}

/** What a refused one was told. */
async function refusal(acquired: Promise<Slot>): Promise<ShedError> {
  const error: unknown = await acquired.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ShedError) return error;
  throw new Error(`expected a ShedError, not ${String(error)}`);
}

/** Whether a promise is settled already. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const settled = () => true;
  return Promise.race([promise.then(settled, settled), Promise.resolve().then(() => false)]);
}

describe('slots', () => {
  it('are as many as the limit, 100 by default', async () => {
    const { admission, state } = admissionOf();
    expect(await state()).toEqual([100, 0, 0]);
    await take(admission, 100);
    void wait(admission, 1);
    expect(await state()).toEqual([100, 100, 1]);
  });

  it('go to those who wait when they are given back', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 2 });
    const [first, second] = await take(admission, 2);
    const [third, fourth] = wait(admission, 2);
    first?.release('other');
    second?.release('other');
    await Promise.all([third, fourth]);
    expect(await state()).toEqual([2, 2, 0]);
  });

  it('are given back once, however often they are released', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 10 });
    const [slot] = await take(admission, 2);
    slot?.release('other');
    slot?.release('overload');
    expect(await state()).toEqual([10, 1, 0]);
  });

  it('become fewer by overload, once for all that ran then, and by nothing else', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 20 });
    const slots = await take(admission, 20);
    vi.advanceTimersByTime(10);
    for (const slot of slots) slot.release('overload');
    expect(await state()).toEqual([18, 0, 0]);
    vi.advanceTimersByTime(10);
    for (let round = 0; round < 3; round += 1) {
      for (const slot of await take(admission, 18)) slot.release('other');
    }
    expect(await state()).toEqual([18, 0, 0]);
    vi.advanceTimersByTime(10);
    const [slot] = await take(admission, 1);
    slot?.release('overload');
    expect(await state()).toEqual([16, 0, 0]);
  });

  it('are not refilled while more run than the lowered limit', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 20 });
    const slots = await take(admission, 20);
    vi.advanceTimersByTime(10);
    void wait(admission, 3);
    slots[0]?.release('overload');
    expect(await state()).toEqual([18, 19, 3]);
    slots[1]?.release('other');
    expect(await state()).toEqual([18, 18, 3]);
    slots[2]?.release('other');
    expect(await state()).toEqual([18, 18, 2]);
  });

  it('become more by success, and those who wait take the new ones too', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 6, queueSize: 50 });
    const [overloaded] = await take(admission, 1);
    overloaded?.release('overload');
    vi.advanceTimersByTime(10);
    expect(await state()).toEqual([5, 0, 0]);
    const slots = await take(admission, 5);
    void wait(admission, 10);
    for (const slot of slots) slot.release('success');
    expect(await state()).toEqual([6, 6, 4]);
  });
});

describe('the queue', () => {
  it('shrinks with the limit, so that waiting takes no longer the less the upstreams bear', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 10, queueSize: 4 });
    const slots = await take(admission, 10);
    const waiting = wait(admission, 4);
    // Ten waits in vain, of a model that usually takes 100 ms.
    const arrived = { model: 'm', milliseconds: 100, givenMs: 1_000, inVain: false };
    vi.advanceTimersByTime(1_000);
    const inVain = { model: 'm', milliseconds: 1_000, givenMs: 1_000, inVain: true };
    slots[0]?.release('other', [
      ...Array.from({ length: 5 }, () => arrived),
      ...Array.from({ length: 10 }, () => inVain),
    ]);
    expect(await state()).toEqual([4, 9, 4]);
    // 2 of 4 may wait, and more do still: no client is told to wait for longer than when it is full.
    expect(await refusal(admission.acquire('high', signal))).toMatchObject({
      reason: 'queue_full',
      retryAfterSeconds: 5,
    });
    for (const slot of slots) slot.release('other');
    expect(await Promise.all(waiting)).toHaveLength(4);
    expect(await state()).toEqual([4, 4, 0]);
    void wait(admission, 2);
    expect(await refusal(admission.acquire('high', signal))).toMatchObject({ reason: 'queue_full' });
  });

  it('is served by priority, and in order of arrival within one', async () => {
    const { admission } = admissionOf({ maxConcurrency: 1 });
    const order: string[] = [];
    let [slot] = await take(admission, 1);
    const arrivals = ['normal', 'high', 'normal', 'high'] as const;
    for (const [index, priority] of arrivals.entries()) {
      void admission.acquire(priority, signal, lucky).then((next) => {
        order.push(`${priority} ${index}`);
        slot = next;
      });
    }
    for (let i = 0; i < arrivals.length; i += 1) {
      slot?.release('other');
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(order).toEqual(['high 1', 'high 3', 'normal 0', 'normal 2']);
  });

  it('holds 50 by default, and refuses those beyond at once', async () => {
    const { admission, state, shed } = admissionOf({ maxConcurrency: 10 });
    await take(admission, 10);
    void wait(admission, 50);
    const refused = admission.acquire('high', signal);
    expect(await isSettled(refused)).toBe(true);
    expect(await refusal(refused)).toMatchObject({ reason: 'queue_full', retryAfterSeconds: 5 });
    expect(await state()).toEqual([10, 10, 50]);
    expect(await shed()).toEqual({ 'high queue_full': 1 });
  });

  it('of no places refuses as soon as no slot is free', async () => {
    const { admission, state } = admissionOf({ maxConcurrency: 10, queueSize: 0 });
    await take(admission, 9);
    (await admission.acquire('normal', signal, unlucky)).release('other');
    await take(admission, 1);
    for (const priority of priorities) {
      const error = await refusal(admission.acquire(priority, signal, lucky));
      expect(error).toMatchObject({ reason: 'queue_full', retryAfterSeconds: 1 });
    }
    expect(await state()).toEqual([10, 10, 0]);
  });

  it('lets the youngest of a lower priority make room when it is full', async () => {
    const { admission, state, shed } = admissionOf({ maxConcurrency: 10, queueSize: 4 });
    const slots = await take(admission, 10);
    const [oldest, middle, youngest] = wait(admission, 3, 'normal') as [Promise<Slot>, Promise<Slot>, Promise<Slot>];
    const [high] = wait(admission, 1);
    const displacing = wait(admission, 2);
    expect(await refusal(youngest)).toMatchObject({ reason: 'displaced', retryAfterSeconds: 5 });
    expect(await refusal(middle)).toMatchObject({ reason: 'displaced', retryAfterSeconds: 5 });
    expect(await isSettled(oldest)).toBe(false);
    expect(await state()).toEqual([10, 10, 4]);
    expect(await shed()).toEqual({ 'normal displaced': 2 });
    for (const slot of slots.slice(0, 4)) slot.release('other');
    await Promise.all([high, ...displacing, oldest]);
  });

  it('is left at once, without a trace, by whose signal aborts', async () => {
    const { admission, state, shed } = admissionOf({ maxConcurrency: 1 });
    const [slot] = await take(admission, 1);
    const controller = new AbortController();
    const leaving = admission.acquire('high', controller.signal);
    const [staying] = wait(admission, 1);
    const left = new Error('the client left');
    controller.abort(left);
    expect(await state()).toEqual([1, 1, 1]);
    await expect(leaving).rejects.toBe(left);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(await shed()).toEqual({});
    slot?.release('other');
    await staying;
  });

  it('is not entered with a signal that has aborted, even when a slot is free', async () => {
    const { admission, state } = admissionOf();
    const left = new Error('the client left');
    await expect(admission.acquire('high', AbortSignal.abort(left))).rejects.toBe(left);
    expect(await state()).toEqual([100, 0, 0]);
  });
});

describe('shedding by chance', () => {
  /** The probability with which the next one is shed, found by halving. */
  async function probability(priority: Priority, inFlight: number, waiting: number): Promise<number> {
    const { admission } = admissionOf({ maxConcurrency: 100, queueSize: 50 });
    await take(admission, inFlight);
    void wait(admission, waiting);
    let [low, high] = [0, 1];
    for (let i = 0; i < 12; i += 1) {
      const middle = (low + high) / 2;
      const controller = new AbortController();
      const acquired = admission.acquire(priority, controller.signal, () => middle);
      const settled = acquired.then(
        (slot) => slot.release('other'),
        (error: unknown) => error,
      );
      controller.abort(new Error('asked only'));
      if ((await settled) instanceof ShedError) low = middle;
      else high = middle;
    }
    return Math.round(high * 100) / 100;
  }

  it.each([
    ['low', 0, 0, 0],
    ['low', 70, 0, 0],
    ['low', 73, 0, 0.1],
    ['low', 85, 0, 0.5],
    ['low', 97, 0, 0.9],
    ['low', 100, 0, 1],
    ['low', 100, 20, 1],
    ['normal', 99, 0, 0],
    ['normal', 100, 0, 0],
    ['normal', 100, 5, 0.1],
    ['normal', 100, 25, 0.5],
    ['normal', 100, 45, 0.9],
    ['normal', 100, 50, 1],
    ['high', 100, 0, 0],
    ['high', 100, 49, 0],
  ] as const)('%s priority, with %i in flight and %i waiting: %d', async (priority, inFlight, waiting, expected) => {
    expect(await probability(priority, inFlight, waiting)).toBeCloseTo(expected, 2);
  });

  it('is counted, refused with the time to ask again, and takes no place', async () => {
    const { admission, state, shed } = admissionOf({ maxConcurrency: 100, queueSize: 50 });
    await take(admission, 80);
    const low = await refusal(admission.acquire('low', signal, unlucky));
    expect(low).toMatchObject({ reason: 'probabilistic', retryAfterSeconds: 1 });
    expect(low.message).toMatch(/^too many questions at once: .*; ask again in 1 s$/);
    await take(admission, 20);
    void wait(admission, 25);
    const normal = await refusal(admission.acquire('normal', signal, unlucky));
    expect(normal).toMatchObject({ reason: 'probabilistic', retryAfterSeconds: 3 });
    expect(await state()).toEqual([100, 100, 25]);
    expect(await shed()).toEqual({ 'low probabilistic': 1, 'normal probabilistic': 1 });
  });

  it('follows the limit when that falls', async () => {
    const { admission } = admissionOf({ maxConcurrency: 10 });
    const [slot] = await take(admission, 7);
    expect(await isAdmitted(admission)).toBe(true);
    slot?.release('overload');
    await take(admission, 1);
    expect(await isAdmitted(admission)).toBe(false);

    /** Whether a most unlucky one of low priority is let in; it does not stay. */
    async function isAdmitted(to: Admission): Promise<boolean> {
      return to.acquire('low', signal, unlucky).then(
        (taken) => {
          taken.release('other');
          return true;
        },
        () => false,
      );
    }
  });
});

describe('sheddingLately', () => {
  it('is true for 10 s after anything was shed', async () => {
    const { admission } = admissionOf({ maxConcurrency: 1, queueSize: 0 });
    expect(admission.sheddingLately).toBe(false);
    await take(admission, 1);
    expect(admission.sheddingLately).toBe(false);
    await refusal(admission.acquire('high', signal));
    expect(admission.sheddingLately).toBe(true);
    vi.advanceTimersByTime(9_999);
    expect(admission.sheddingLately).toBe(true);
    vi.advanceTimersByTime(1);
    expect(admission.sheddingLately).toBe(false);
  });
});

describe('an admission', () => {
  it('keeps its bounds, loses no slot and leaves nobody waiting beside a free one, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({
        act: fc.constant('acquire' as const),
        priority: fc.constantFrom(...priorities),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      fc.record({
        act: fc.constant('release' as const),
        which: fc.nat(),
        outcome: fc.constantFrom('success' as const, 'overload' as const, 'other' as const),
      }),
      fc.record({ act: fc.constant('leave' as const), which: fc.nat() }),
    );
    const bounds = fc.record({ maxConcurrency: fc.integer({ min: 1, max: 12 }), queueSize: fc.nat(6) });
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(step, { maxLength: 80 }), async (options, steps) => {
        const { admission, state } = admissionOf(options);
        const held: Slot[] = [];
        const waiting: AbortController[] = [];
        for (const todo of steps) {
          vi.advanceTimersByTime(1);
          if (todo.act === 'acquire') {
            const controller = new AbortController();
            waiting.push(controller);
            admission
              .acquire(todo.priority, controller.signal, () => todo.random)
              .then(
                (slot) => held.push(slot),
                () => undefined,
              )
              .finally(() => waiting.splice(waiting.indexOf(controller), 1));
          } else if (todo.act === 'release') {
            held.splice(todo.which % (held.length || 1), 1)[0]?.release(todo.outcome);
          } else {
            waiting[todo.which % (waiting.length || 1)]?.abort(new Error('left'));
          }
          await vi.advanceTimersByTimeAsync(0);
          const [limit = NaN, inFlight = NaN, queued = NaN] = await state();
          expect(limit).toBeLessThanOrEqual(options.maxConcurrency);
          expect(inFlight).toBe(held.length);
          expect(queued).toBe(waiting.length);
          expect(queued).toBeLessThanOrEqual(options.queueSize);
          if (queued > 0) expect(inFlight).toBeGreaterThanOrEqual(limit);
        }
        for (let slot = held.pop(); slot; slot = held.pop()) {
          slot.release('other');
          await vi.advanceTimersByTimeAsync(0);
        }
        expect((await state()).slice(1)).toEqual([0, 0]);
        expect(waiting).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
