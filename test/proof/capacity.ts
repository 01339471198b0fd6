import { setTimeout as sleep } from 'node:timers/promises';
import type { ProofStack } from './proof-stack.ts';
import { startTraffic, usualQuestions } from './traffic.ts';

/** Requests a second of the first step. */
const firstRate = 40;

/** How often it is tried: two minutes. Copies that have just started are slow, and a shared machine is now and then. */
const firstTries = 24;

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
 * @throws when the first step is not borne within two minutes.
 */
export async function capacityOf(stack: ProofStack, atMost: number): Promise<number> {
  await untilFirstIsBorne(stack);
  let borne = firstRate;
  for (let rate = firstRate * growth; rate <= atMost; rate *= growth) {
    if ((await inTimeAt(stack, rate, 'growing')) < bornShare) break;
    borne = rate;
  }
  return borne;
}

async function untilFirstIsBorne(stack: ProofStack): Promise<void> {
  for (let number = 1; number <= firstTries; number += 1) {
    if ((await inTimeAt(stack, firstRate, `first, try ${number},`)) >= bornShare) return;
  }
  const minutes = (firstTries * stepMs) / 60_000;
  throw new Error(`${firstRate} questions a second are not answered within ${inTimeMs} ms, for ${minutes} minutes`);
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
