import { setTimeout as sleep } from 'node:timers/promises';
import type { ProofStack } from './proof-stack.ts';
import { startTraffic, usualQuestions } from './traffic.ts';

/** Requests a second of the first step. */
const firstRate = 80;

/** Each step asks for this much more than the one before. */
const growth = 1.25;

/** Of each step, in milliseconds. */
const stepMs = 5_000;

/** A step is borne when this share of its requests is answered in time: beyond that, questions begin to queue. */
const bornShare = 0.99;
const inTimeMs = 250;

/**
 * Requests a second that a stack bears, as the machine is now: the rate grows until answers are late.
 *
 * @param atMost Where it stops, whatever is borne.
 */
export async function capacityOf(stack: ProofStack, atMost: number): Promise<number> {
  let borne = 0;
  for (let rate = firstRate; rate <= atMost; rate *= growth) {
    const traffic = startTraffic(stack, rate, usualQuestions(`the capacity at ${Math.round(rate)}`));
    await sleep(stepMs);
    const sent = await traffic.stop();
    const good = sent.filter(({ outcome, milliseconds }) => outcome === 'answered' && milliseconds <= inTimeMs);
    if (good.length < bornShare * sent.length) break;
    borne = rate;
  }
  return borne;
}
