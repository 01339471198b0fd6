import { sendOpenLoop, type Reply } from '../load/open-loop.ts';
import type { ProofStack, Question } from './proof-stack.ts';

/** How a request ended, for whoever sent it. */
export type Outcome = 'answered' | 'degraded' | 'refused' | 'failed';

/** One request of a scenario. */
export interface Sent {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Milliseconds from when it was due. */
  readonly milliseconds: number;
}

/** Questions that come at a fixed rate, through the route. */
export interface Traffic {
  /** Ends it. @returns all requests, when each has its answer. */
  readonly stop: () => Promise<readonly Sent[]>;
}

/** Longest time that traffic may go on, in seconds: what nobody stops ends by itself. */
const longestSeconds = 1_800;

/** Longer than the route and the service take for one. */
const patienceSeconds = 90;

/** Sends questions until it is stopped. @param questionOf of each request, by its number from 0. */
export function startTraffic(stack: ProofStack, perSecond: number, questionOf: (number: number) => Question): Traffic {
  const end = new AbortController();
  const began = Date.now();
  const replies = sendOpenLoop({
    url: stack.around.url,
    path: '/query',
    perSecond,
    seconds: longestSeconds,
    stop: end.signal,
    headers: stack.headers,
    bodyOf: questionOf,
    patienceSeconds,
  });
  return {
    stop: async () => {
      end.abort();
      return (await replies).map((reply) => ({
        at: began + reply.endedAt,
        outcome: outcomeOf(reply),
        status: reply.status,
        milliseconds: reply.milliseconds,
      }));
    },
  };
}

/** `cached` is a full answer that was there already. */
function outcomeOf({ status, retryAfter, degradation }: Reply): Outcome {
  if (status === 200) return degradation === 'full' || degradation === 'cached' ? 'answered' : 'degraded';
  return retryAfter === undefined ? 'failed' : 'refused';
}

/** One question in this many has not been asked before; the others are some of few, whose answers are stored. */
const oneInThisManyIsNew = 20;

/**
 * Questions as people ask them: most have been asked before.
 *
 * @param about Makes those that are new others than those of another traffic.
 */
export function usualQuestions(about: string): (number: number) => Question {
  return (number) =>
    number % oneInThisManyIsNew === 0
      ? { question: `Which port is number ${number} of ${about}?` }
      : { question: `What does the passage say about port ${8000 + (number % 7)}?` };
}

/** Questions of which each is new. @param mode of all. */
export function newQuestions(about: string, mode: Question['mode'] = 'balanced'): (number: number) => Question {
  return (number) => ({ question: `Which port is number ${number} of ${about}?`, mode });
}

/** How many ended how: `0`, or `3 (2 failed with 502, 1 refused with 429)`. */
export function counted(sent: readonly Sent[]): string {
  const counts = new Map<string, number>();
  for (const { outcome, status } of sent) {
    const kind = `${outcome} with ${status || 'no answer'}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return kinds === '' ? '0' : `${sent.length} (${kinds})`;
}
