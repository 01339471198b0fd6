import { setTimeout as sleep } from 'node:timers/promises';
import type { ProofStack } from './proof-stack.ts';
import { startTraffic, usualQuestions } from './traffic.ts';

/** Requests a second of the first step. */
const firstRate = 40;

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
 * @throws when the first step is not borne.
 */
export async function capacityOf(stack: ProofStack, atMost: number): Promise<number> {
  // Copies that have just started are slow at first.
  await inTimeAt(stack, firstRate, 'before the measurement');
  let borne: number | undefined;
  for (let rate = firstRate; rate <= atMost; rate *= growth) {
    if ((await inTimeAt(stack, rate, 'of the measurement')) < bornShare) break;
    borne = rate;
  }
  if (borne === undefined) throw new Error(`${firstRate} questions a second are not answered within ${inTimeMs} ms`);
  return borne;
}

/** Share of a step's questions that are answered in time. @param which step, so that no answer of another one is stored. */
async function inTimeAt(stack: ProofStack, rate: number, which: string): Promise<number> {
  const traffic = startTraffic(stack, rate, usualQuestions(`the step ${which} at ${Math.round(rate)}`));
  await sleep(stepMs);
  const sent = await traffic.stop();
  const good = sent.filter(({ outcome, milliseconds }) => outcome === 'answered' && milliseconds <= inTimeMs);
  console.log(`${Math.round(rate)} questions a second: ${good.length} of ${sent.length} answered in time`);
  return good.length / sent.length;
}
