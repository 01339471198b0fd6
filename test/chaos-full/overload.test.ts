import type { ChildProcess } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jwtSecret, signToken, type TestClaims } from '../../service/testing.ts';
import { sendOpenLoop, type Reply } from '../load/open-loop.ts';
import { freePort, startServer, statusOf, until } from '../processes.ts';
import { startStandinProcess } from '../standins/standin-process.ts';

/**
 * What the model bears: 4 at once for 200 ms each, so 20 a second. Few, because the service, the stand-in and the load
 * all run on the two cores of one machine, and 30 times as much must be the model's overload, not the machine's; and
 * long, because a busy machine is late by some milliseconds.
 */
const capacity = { slots: 4, serviceMs: 200 };
const perSecond = (capacity.slots * 1000) / capacity.serviceMs;

/** What clients give a question: three tries of several times the model's 200 ms, and the time to wait for a place. */
const deadlineSeconds = 3;

/** From when on, and until when, answers are counted in a load of the same length. */
const counted = { from: 1, to: 5 };

interface Load {
  readonly times: number;
  readonly seconds: number;
  readonly priority?: 'high' | 'low';
}

/** The service in a process of its own, and a model of a small capacity in another one. */
class Overloaded {
  readonly server: ChildProcess;
  readonly url: string;
  #asked = 0;

  private constructor(server: ChildProcess, url: string) {
    this.server = server;
    this.url = url;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Overloaded> {
    const { slots, serviceMs } = capacity;
    const options = ['--slots', String(slots), '--service-ms', String(serviceMs)];
    const llm = await startStandinProcess('llm', ...options);
    onTestFinished(llm.close);
    const port = await freePort();
    const server = startServer({
      PORT: String(port),
      JWT_SECRET: jwtSecret,
      LLM_BASE_URL: llm.url,
      CACHE_ENABLED: 'false',
      RATE_LIMIT_PER_MINUTE: '1000000',
      ...env,
    });
    // A log that nobody reads would hold the service up.
    server.stdout?.resume();
    server.stderr?.resume();
    const url = `http://127.0.0.1:${port}`;
    await until('the service is ready', async () => (await statusOf(`${url}/health/ready`)) === 200);
    return new Overloaded(server, url);
  }

  /** Sends distinct questions at so many times the capacity. */
  async load({ times, seconds, priority }: Load): Promise<readonly Reply[]> {
    const claims: TestClaims = { tenant: 'acme', ...(priority === 'high' && { priority }) };
    const run = (this.#asked += 1);
    return sendOpenLoop({
      url: this.url,
      path: '/query',
      perSecond: perSecond * times,
      seconds,
      headers: {
        authorization: `Bearer ${await signToken(claims)}`,
        'request-timeout-secs': String(deadlineSeconds),
      },
      bodyOf: (number) => ({ question: `question ${number} of run ${run}`, ...(priority && { priority }) }),
      patienceSeconds: 10,
    });
  }

  /** Lets the adaptive limit learn what the model bears: it begins at its maximum, as if that were no bound. */
  async learn(): Promise<void> {
    await this.load({ times: 5, seconds: 8 });
  }
}

/** Whole answers within the deadline, a second. */
function goodput(replies: readonly Reply[]): number {
  const { from, to } = counted;
  const good = replies.filter(
    ({ status, degradation, milliseconds, endedAt }) =>
      status === 200 &&
      degradation === 'full' &&
      milliseconds <= deadlineSeconds * 1000 &&
      endedAt > from * 1000 &&
      endedAt <= to * 1000,
  );
  return good.length / (to - from);
}

/** How many got each status. */
function byStatus(replies: readonly Reply[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('under overload', () => {
  test('the service answers as much as before, and refuses the rest with 429', async () => {
    const service = await Overloaded.start();
    await service.learn();
    const seconds = counted.to;
    const peak = goodput(await service.load({ times: 1, seconds }));
    expect(peak).toBeGreaterThan(perSecond * 0.8);
    for (const { times, share } of [
      { times: 10, share: 0.95 },
      { times: 30, share: 0.9 },
    ]) {
      const replies = await service.load({ times, seconds });
      expect(goodput(replies) / peak, `goodput at ${times} times the capacity`).toBeGreaterThanOrEqual(share);
      const { 200: answered = 0, 429: refused = 0, 0: unanswered = 0 } = byStatus(replies);
      expect(unanswered).toBe(0);
      // Whoever waited in vain for a place is told so by 504.
      expect(replies.length - answered - refused).toBeLessThanOrEqual(replies.length * 0.01);
      for (const { status, retryAfter } of replies) if (status === 429) expect(retryAfter).toMatch(/^[1-5]$/);
    }
    expect(service.server.exitCode).toBeNull();
    const after = await service.load({ times: 0.5, seconds: 2 });
    expect(after.every(({ status, degradation }) => status === 200 && degradation === 'full')).toBe(true);
  });

  test('questions of high priority are answered while low ones flood the service', async () => {
    // Set by somebody who knows what the model bears.
    const service = await Overloaded.start({ ADMISSION_MAX_CONCURRENCY: '8' });
    const [high, low] = await Promise.all([
      service.load({ times: 0.5, seconds: 5, priority: 'high' }),
      service.load({ times: 10, seconds: 5, priority: 'low' }),
    ]);
    expect(byStatus(high)).toEqual({ 200: high.length });
    expect(byStatus(low)[429]).toBeGreaterThan(low.length / 2);
  });

  test('150 different questions at once are all answered or refused in time, and then all goes on as before', async () => {
    const service = await Overloaded.start();
    const heldUp = monitorEventLoopDelay({ resolution: 10 });
    heldUp.enable();
    const replies = await service.load({ times: 150 / (perSecond * 0.01), seconds: 0.01 });
    heldUp.disable();
    expect(replies).toHaveLength(150);
    // Half a second for a busy machine, and as long as it let even this process wait, in nanoseconds: how exactly
    // deadlines are kept is measured by the benchmark.
    const longest = deadlineSeconds * 1000 + 500 + heldUp.max / 1e6;
    for (const { status, milliseconds } of replies) {
      expect([200, 429, 504]).toContain(status);
      expect(milliseconds).toBeLessThan(longest);
    }
    expect(byStatus(replies)[200]).toBeGreaterThan(0);
    const after = await service.load({ times: 0.5, seconds: 2 });
    expect(after.every(({ status, degradation }) => status === 200 && degradation === 'full')).toBe(true);
  });
});
