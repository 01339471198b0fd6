import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Trace } from '../telemetry/trace.ts';
import { NobodyWaitsError, type Flight, type Landed, type Waiter } from './flight.ts';
import { ShedError } from './shed-error.ts';
import { SingleFlight } from './single-flight.ts';

const unhandled = vi.fn();
beforeAll(() => {
  process.on('unhandledRejection', unhandled);
});
afterAll(() => {
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

const left = new Error('the client left');

/** A request that waits, and can leave. */
function waiterOf(more: Partial<Waiter> = {}) {
  const controller = new AbortController();
  const waiter: Waiter = {
    signal: controller.signal,
    expiresAt: () => 1000,
    shortened: false,
    trace: Trace.none,
    ...more,
  };
  return { waiter, leave: () => controller.abort(left), signal: controller.signal };
}

/** Work that ends when the test says so, and counts how often it was begun. */
function workOf() {
  const ends: PromiseWithResolvers<string>[] = [];
  const flights: Flight[] = [];
  const work = vi.fn((flight: Flight) => {
    const end = Promise.withResolvers<string>();
    ends.push(end);
    flights.push(flight);
    return end.promise;
  });
  return {
    work,
    succeed: (value: string, run = 0) => ends[run]?.resolve(value),
    fail: (error: Error, run = 0) => ends[run]?.reject(error),
    flight: (run = 0): Flight => {
      const flight = flights[run];
      if (!flight) throw new Error(`there was no run ${run}`);
      return flight;
    },
  };
}

/** Lets everything that is due happen. */
const settle = () => new Promise(setImmediate);

/** Expects that nobody waits and nothing runs any more. */
function expectEmpty(flights: SingleFlight<string>): void {
  expect(flights.flights).toBe(0);
  expect(flights.followers).toBe(0);
}

describe('a single flight', () => {
  it('makes one call of 1,000 identical concurrent misses', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed } = workOf();
    const joined = Array.from({ length: 1000 }, () => flights.join('key', waiterOf().waiter, work));
    expect(flights.followers).toBe(999);
    succeed('answer');
    const landed = await Promise.all(joined);
    expect(work).toHaveBeenCalledOnce();
    expect(landed.every(({ value }) => value === 'answer')).toBe(true);
    expect(landed.map(({ leader }) => leader).indexOf(true)).toBe(0);
    expect(landed.filter(({ leader }) => leader)).toHaveLength(1);
    expectEmpty(flights);
  });

  it('keeps keys apart', async () => {
    const flights = new SingleFlight<string>();
    const [a, b] = [workOf(), workOf()];
    const joined = [flights.join('a', waiterOf().waiter, a.work), flights.join('b', waiterOf().waiter, b.work)];
    b.succeed('of b');
    a.succeed('of a');
    expect(await Promise.all(joined)).toEqual([
      { value: 'of a', leader: true },
      { value: 'of b', leader: true },
    ]);
  });

  it('fails for all with the same error', async () => {
    const flights = new SingleFlight<string>();
    const { work, fail } = workOf();
    const results = Promise.allSettled([1, 2, 3].map(() => flights.join('key', waiterOf().waiter, work)));
    const error = new Error('the model failed');
    fail(error);
    for (const result of await results) expect(result).toHaveProperty('reason', error);
    expectEmpty(flights);
  });

  it('takes work that throws at once as work that fails', async () => {
    const flights = new SingleFlight<string>();
    const joined = flights.join('key', waiterOf().waiter, () => {
      throw new TypeError('at once');
    });
    await expect(joined).rejects.toThrow(new TypeError('at once'));
    expectEmpty(flights);
  });

  it('starts anew once the last one ended', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed } = workOf();
    const first = flights.join('key', waiterOf().waiter, work);
    succeed('first');
    await first;
    const second = flights.join('key', waiterOf().waiter, work);
    succeed('second', 1);
    expect(await second).toEqual({ value: 'second', leader: true });
  });

  it('leaves no listener on the signals of its waiters', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed } = workOf();
    const waiters = [waiterOf(), waiterOf(), waiterOf()];
    const joined = Promise.allSettled(waiters.map(({ waiter }) => flights.join('key', waiter, work)));
    waiters[2]?.leave();
    succeed('answer');
    await joined;
    for (const { signal } of waiters) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('one who leaves', () => {
  it('is told the reason of its own signal, at once', async () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    const [stays, leaves] = [waiterOf(), waiterOf()];
    void flights.join('key', stays.waiter, work);
    const joined = flights.join('key', leaves.waiter, work);
    leaves.leave();
    expect(flights.followers).toBe(0);
    await expect(joined).rejects.toBe(left);
    expect(flight().signal.aborted).toBe(false);
  });

  it('leaves the answer to its followers when it led', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed, flight } = workOf();
    const leader = waiterOf();
    const led = flights.join('key', leader.waiter, work);
    const followers = [1, 2].map(() => flights.join('key', waiterOf().waiter, work));
    leader.leave();
    await expect(led).rejects.toBe(left);
    expect(flight().signal.aborted).toBe(false);
    const late = flights.join('key', waiterOf().waiter, work);
    expect(flights.followers).toBe(3);
    succeed('answer');
    for (const landed of await Promise.all([...followers, late])) {
      expect(landed).toEqual({ value: 'answer', leader: false });
    }
    expect(work).toHaveBeenCalledOnce();
    expectEmpty(flights);
  });

  it('ends the work when it was the last', async () => {
    const flights = new SingleFlight<string>();
    const { work, fail, flight } = workOf();
    const waiters = [waiterOf(), waiterOf()];
    const results = Promise.allSettled(waiters.map(({ waiter }) => flights.join('key', waiter, work)));
    waiters[0]?.leave();
    expect(flight().signal.aborted).toBe(false);
    waiters[1]?.leave();
    expect(flight().signal.reason).toEqual(new NobodyWaitsError());
    for (const result of await results) expect(result).toHaveProperty('reason', left);
    expectEmpty(flights);
    fail(new Error('aborted'));
    await settle();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('never begins anything when it had left before', async () => {
    const flights = new SingleFlight<string>();
    const { work } = workOf();
    const { waiter, leave } = waiterOf();
    leave();
    await expect(flights.join('key', waiter, work)).rejects.toBe(left);
    expect(work).not.toHaveBeenCalled();
    expectEmpty(flights);
  });
});

describe('an abandoned flight', () => {
  it.each(['succeeds', 'fails'])('reaches nobody when it %s late, and holds up no new one', async (end) => {
    const flights = new SingleFlight<string>();
    const { work, succeed, fail, flight } = workOf();
    const first = waiterOf();
    const abandoned = flights.join('key', first.waiter, work);
    first.leave();
    await expect(abandoned).rejects.toBe(left);

    const text: string[] = [];
    const second = flights.join('key', waiterOf({ onText: (piece) => text.push(piece) }).waiter, work);
    expect(work).toHaveBeenCalledTimes(2);
    flight(0).text.push('late text');
    if (end === 'succeeds') succeed('late', 0);
    else fail(new Error('late'), 0);
    await settle();
    expect(flights.flights).toBe(1);
    const third = flights.join('key', waiterOf().waiter, work);
    succeed('answer', 1);
    expect(await second).toEqual({ value: 'answer', leader: true });
    expect(await third).toEqual({ value: 'answer', leader: false });
    expect(text).toEqual([]);
    expectEmpty(flights);
  });

  it('has freed its key by the time its work learns of it', async () => {
    const flights = new SingleFlight<string>();
    const next = workOf();
    const { waiter, leave } = waiterOf();
    const results: Promise<Landed<string>>[] = [];
    const joined = flights.join('key', waiter, ({ signal }) => {
      signal.addEventListener('abort', () => results.push(flights.join('key', waiterOf().waiter, next.work)));
      return new Promise(() => undefined);
    });
    leave();
    await expect(joined).rejects.toBe(left);
    next.succeed('answer');
    expect(await results[0]).toEqual({ value: 'answer', leader: true });
  });
});

describe('a flight', () => {
  it('lasts as long as the latest of those who wait now', () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    let moving = 100;
    const [first, second] = [waiterOf({ expiresAt: () => moving }), waiterOf({ expiresAt: () => 300 })];
    flights.join('key', first.waiter, work).catch(() => undefined);
    expect(flight().expiresAt()).toBe(100);
    flights.join('key', second.waiter, work).catch(() => undefined);
    expect(flight().expiresAt()).toBe(300);
    moving = 400;
    expect(flight().expiresAt()).toBe(400);
    moving = 200;
    second.leave();
    expect(flight().expiresAt()).toBe(200);
    first.leave();
    expect(flight().expiresAt()).toBe(200);
  });

  it('is shortened when all who wait now had their time shortened', () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    const [shortened, whole] = [waiterOf({ shortened: true }), waiterOf()];
    flights.join('key', shortened.waiter, work).catch(() => undefined);
    expect(flight().shortened()).toBe(true);
    flights.join('key', whole.waiter, work).catch(() => undefined);
    expect(flight().shortened()).toBe(false);
    whole.leave();
    expect(flight().shortened()).toBe(true);
  });

  it('still tells of the last one after that one left', () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    const { waiter, leave } = waiterOf({ expiresAt: () => 50 });
    flights.join('key', waiter, work).catch(() => undefined);
    leave();
    expect(flight().expiresAt()).toBe(50);
    expect(flight().shortened()).toBe(false);
  });

  it('lets those who read along have the text, late ones too, until they leave or it ends', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed, flight } = workOf();
    const [early, late, gone]: [string[], string[], string[]] = [[], [], []];
    const leaving = waiterOf({ onText: (piece) => gone.push(piece) });
    const joined = [
      flights.join('key', waiterOf().waiter, work),
      flights.join('key', waiterOf({ onText: (piece) => early.push(piece) }).waiter, work),
    ];
    flights.join('key', leaving.waiter, work).catch(() => undefined);
    flight().text.push('a');
    flight().text.push('b');
    leaving.leave();
    joined.push(flights.join('key', waiterOf({ onText: (piece) => late.push(piece) }).waiter, work));
    flight().text.push('c');
    succeed('abc');
    await Promise.all(joined);
    flight().text.push('d');
    expect({ early, late, gone }).toEqual({ early: ['a', 'b', 'c'], late: ['ab', 'c'], gone: ['a', 'b'] });
  });

  it('gives text to each of those who share one function', () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    const onText = vi.fn();
    for (let i = 0; i < 2; i += 1) void flights.join('key', waiterOf({ onText }).waiter, work);
    flight().text.push('a');
    expect(onText).toHaveBeenCalledTimes(2);
  });

  it('is left in good order by one who leaves while it is given text', async () => {
    const flights = new SingleFlight<string>();
    const { work, flight } = workOf();
    void flights.join('key', waiterOf().waiter, work);
    flight().text.push('a');
    const pieces: string[] = [];
    const leaving = waiterOf({
      onText: (piece) => {
        pieces.push(piece);
        leaving.leave();
      },
    });
    await expect(flights.join('key', leaving.waiter, work)).rejects.toBe(left);
    flight().text.push('b');
    expect(pieces).toEqual(['a']);
    expect(flights.followers).toBe(0);
  });
});

describe('the bound of followers', () => {
  it('is over all flights, and does not hold up who would lead', async () => {
    const flights = new SingleFlight<string>({ maxFollowers: 2 });
    const { work, succeed } = workOf();
    const leaving = waiterOf();
    const joined = [flights.join('a', waiterOf().waiter, work), flights.join('b', waiterOf().waiter, work)];
    joined.push(flights.join('a', waiterOf().waiter, work));
    flights.join('b', leaving.waiter, work).catch(() => undefined);
    const refused = flights.join('a', waiterOf().waiter, work);
    await expect(refused).rejects.toThrow(new ShedError('followers', 1));
    joined.push(flights.join('c', waiterOf().waiter, work));

    leaving.leave();
    joined.push(flights.join('b', waiterOf().waiter, work));
    for (const run of [0, 1, 2]) succeed('answer', run);
    await Promise.all(joined);
    expect(work).toHaveBeenCalledTimes(3);
    expectEmpty(flights);
  });

  it('is 5,000 by default', async () => {
    const flights = new SingleFlight<string>();
    const { work, succeed } = workOf();
    const joined = Array.from({ length: 5_001 }, () => flights.join('key', waiterOf().waiter, work));
    const refused = flights.join('key', waiterOf().waiter, work);
    await expect(refused).rejects.toMatchObject({ reason: 'followers', retryAfterSeconds: 1 });
    succeed('answer');
    expect(await Promise.all(joined)).toHaveLength(5_001);
  });
});

describe('flights of several keys', () => {
  it('never mix, never run twice at once while someone waits, and leave nothing behind', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ act: fc.constant('join' as const), key, reads: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('leave' as const), which: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('end' as const), which: fc.nat(), well: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('write' as const), which: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('settle' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const flights = new SingleFlight<string>({ maxFollowers: 4 });
        const runs: { key: string; flight: Flight; end: PromiseWithResolvers<string>; ended: boolean }[] = [];
        const present: { leave: () => void }[] = [];
        const outcomes: Promise<void>[] = [];

        const work = (key: string) => (flight: Flight) => {
          // Another run of this key may only be one that nobody waits for any more.
          const others = runs.filter((run) => run.key === key && !run.ended);
          expect(others.every((run) => run.flight.signal.aborted)).toBe(true);
          const end = Promise.withResolvers<string>();
          const run = { key, flight, end, ended: false };
          runs.push(run);
          return end.promise.finally(() => {
            run.ended = true;
          });
        };
        const join = (key: string, reads: boolean) => {
          let gone = false;
          let text = '';
          const { waiter, leave, signal } = waiterOf(
            reads
              ? {
                  onText: (piece) => {
                    // Nobody would see an error thrown here.
                    text += gone ? 'text after the end' : piece;
                  },
                }
              : {},
          );
          const me = {
            leave: () => {
              gone = true;
              leave();
            },
          };
          present.push(me);
          const outcome = flights
            .join(key, waiter, work(key))
            .then(
              ({ value }) => {
                expect(value).toBe(`answer of ${key}`);
                expect(signal.aborted).toBe(false);
              },
              (error: unknown) => {
                if (error === left) expect(signal.aborted).toBe(true);
                else if (!(error instanceof ShedError)) expect(error).toEqual(new Error(`failure of ${key}`));
              },
            )
            .then(() => {
              gone = true;
              present.splice(present.indexOf(me), 1);
              expect(text).toMatch(new RegExp(`^(${key})*$`));
              expect(getEventListeners(signal, 'abort')).toEqual([]);
            });
          outcomes.push(outcome);
        };
        const end = ({ key, end }: (typeof runs)[number], well: boolean) => {
          if (well) end.resolve(`answer of ${key}`);
          else end.reject(new Error(`failure of ${key}`));
        };

        for (const todo of steps) {
          const run = 'which' in todo ? runs[todo.which % (runs.length || 1)] : undefined;
          if (todo.act === 'join') join(todo.key, todo.reads);
          else if (todo.act === 'leave') present[todo.which % (present.length || 1)]?.leave();
          else if (todo.act === 'end' && run) end(run, todo.well);
          else if (todo.act === 'write' && run) run.flight.text.push(run.key);
          else if (todo.act === 'settle') await settle();
          expect(flights.flights).toBeLessThanOrEqual(3);
          expect(flights.followers).toBeGreaterThanOrEqual(0);
          expect(flights.followers).toBeLessThanOrEqual(4);
        }
        for (const run of runs) end(run, true);
        await Promise.all(outcomes);
        await settle();
        expectEmpty(flights);
        expect(present).toEqual([]);
        expect(unhandled).not.toHaveBeenCalled();
      }),
      { numRuns: 300 },
    );
  });
});
