import { describe, expect, it } from 'vitest';
import { testMetrics } from '../models/testing.ts';
import { Admission } from '../resilience/admission.ts';
import { admitStep } from './admit-step.ts';
import type { Answer } from './step.ts';
import { answer, workContext } from './testing.ts';

/** Does one piece of work, and says what limit and load are during and after it. */
async function admit(work: () => Promise<Answer>, overloaded: boolean) {
  const { metrics, valueOf } = testMetrics();
  const step = admitStep(new Admission({ maxConcurrency: 10 }, metrics));
  const inFlight = () => valueOf('rag_admission_in_flight');
  const context = workContext();
  let during = 0;
  await step(context, async () => {
    during = await inFlight();
    context.overloaded = overloaded;
    return work();
  }).catch(() => undefined);
  return { during, after: await inFlight(), limit: await valueOf('rag_admission_limit') };
}

describe('a place', () => {
  it('is held for as long as the work takes, and lowers no limit', async () => {
    expect(await admit(async () => answer, false)).toEqual({ during: 1, after: 0, limit: 10 });
  });

  it('is given back when the work fails', async () => {
    const fail = () => Promise.reject(new Error('it broke'));
    expect(await admit(fail, false)).toEqual({ during: 1, after: 0, limit: 10 });
  });

  it('is one of fewer after an overload, though there was an answer in the end', async () => {
    expect(await admit(async () => answer, true)).toEqual({ during: 1, after: 0, limit: 9 });
  });
});
