import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** What is sent, how often and for how long. */
export interface OpenLoopOptions {
  /** Origin of the service. */
  readonly url: string;
  readonly path: string;
  /** Requests a second, whether earlier ones have been answered or not. */
  readonly perSecond: number;
  readonly seconds: number;
  /** Ends it earlier; what was sent is awaited. */
  readonly stop?: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Body of each request, by its number from 0. */
  readonly bodyOf: (number: number) => unknown;
  /** Seconds that the last requests have for their answers; those without one by then count as unanswered. */
  readonly patienceSeconds: number;
}

/** How one request ended. */
export interface Reply {
  /** 0 when there was no answer. */
  readonly status: number;
  /** Milliseconds from when it was due, not from when it was sent: a busy generator hides no delay. */
  readonly milliseconds: number;
  /** Milliseconds from the first request's due time to the end of this one. */
  readonly endedAt: number;
  readonly retryAfter: string | undefined;
  /** What the service says of its answer; absent when it is not one. */
  readonly degradation: string | undefined;
}

/** Enough for what is admitted, waits and is being refused; requests beyond it wait in the pool, which counts as theirs. */
const connections = 300;

/**
 * Sends requests at a fixed rate, as the world does: a service that is slow gets no fewer of them. Tools such as
 * autocannon wait for an answer before they send again, and so never overload anything ("Open Versus Closed: A
 * Cautionary Tale", Schroeder, Wierman and Harchol-Balter, 2006).
 *
 * @returns every request's reply, in the order in which they were due.
 */
export async function sendOpenLoop(options: OpenLoopOptions): Promise<readonly Reply[]> {
  const { url, perSecond, seconds, stop, patienceSeconds } = options;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const total = Math.round(perSecond * seconds);
  const patience = new AbortController();
  const replies: Promise<Reply>[] = [];
  const begin = performance.now();
  try {
    while (replies.length < total && stop?.aborted !== true) {
      const due = Math.min(total, Math.ceil(((performance.now() - begin) * perSecond) / 1000));
      while (replies.length < due) {
        const number = replies.length;
        const dueAt = (number * 1000) / perSecond;
        const reply = ask(pool, options, number, patience.signal);
        replies.push(
          reply.then((got) => {
            const endedAt = performance.now() - begin;
            return { ...got, endedAt, milliseconds: endedAt - dueAt };
          }),
        );
      }
      await delay(1);
    }
    const timer = setTimeout(() => patience.abort(), patienceSeconds * 1000);
    return await Promise.all(replies).finally(() => clearTimeout(timer));
  } finally {
    await pool.destroy();
  }
}

async function ask(
  pool: Pool,
  { path, headers, bodyOf }: OpenLoopOptions,
  number: number,
  signal: AbortSignal,
): Promise<Omit<Reply, 'milliseconds' | 'endedAt'>> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(number)),
      signal,
    });
    const text = await answer.body.text();
    // What is before the service, such as a gateway, answers in words.
    const isJson = answer.headers['content-type']?.includes('json') === true;
    const { degradation } = (isJson ? JSON.parse(text) : {}) as { degradation?: string };
    const retryAfter = answer.headers['retry-after'];
    return { status: answer.statusCode, retryAfter: retryAfter?.toString(), degradation };
  } catch {
    return { status: 0, retryAfter: undefined, degradation: undefined };
  }
}
