import { describe, expect, it } from 'vitest';
import { ShedError } from '../resilience/shed-error.ts';
import { SingleFlight } from '../resilience/single-flight.ts';
import { flightStep } from './flight-step.ts';
import type { Answer, WorkContext } from './step.ts';
import { answer, requestContext } from './testing.ts';

/** Joins work that goes on until it is told how it ends. */
function build() {
  const begun: { context: WorkContext; end: PromiseWithResolvers<Answer> }[] = [];
  const step = flightStep(new SingleFlight<Answer>(), (context) => {
    const end = Promise.withResolvers<Answer>();
    begun.push({ context, end });
    return end.promise;
  });
  const join = (more: Parameters<typeof requestContext>[0] = {}) =>
    step(requestContext(more), () => Promise.reject(new Error('there is no next step')));
  return { begun, join };
}

const free = { ...answer, tokens: { input: 0, output: 0 }, cost_usd: 0 };

describe('equal questions at one time', () => {
  it('share one piece of work: the first one bears its cost, the others get the answer for nothing', async () => {
    const { begun, join } = build();
    const asked = [join(), join(), join()];
    begun[0]?.end.resolve(answer);
    expect(await Promise.all(asked)).toEqual([answer, free, free]);
    expect(begun).toHaveLength(1);
  });

  it('share its failure', async () => {
    const { begun, join } = build();
    const asked = [join(), join()];
    begun[0]?.end.reject(new Error('it broke'));
    const ends = await Promise.allSettled(asked);
    expect(ends).toMatchObject([{ reason: { message: 'it broke' } }, { reason: { message: 'it broke' } }]);
  });

  it('are not refused with the one that led: those who followed ask again, by the priority of one of them', async () => {
    const { begun, join } = build();
    const led = join({ priority: 'low' });
    const followed = [join({ priority: 'high' }), join({ priority: 'high' })];
    begun[0]?.end.reject(new ShedError('probabilistic', 1));
    await expect(led).rejects.toThrow(ShedError);
    await expect.poll(() => begun.length).toBe(2);
    expect(begun[1]?.context.priority).toBe('high');
    begun[1]?.end.resolve(answer);
    expect(await Promise.all(followed)).toEqual([answer, free]);
  });

  it('are refused with the one that led when they are no more urgent, however many, without asking again', async () => {
    const { begun, join } = build();
    const asked = Array.from({ length: 1_000 }, () => join({ priority: 'low' }));
    begun[0]?.end.reject(new ShedError('probabilistic', 3));
    const ends = await Promise.allSettled(asked);
    expect(ends.slice(1).every((end) => end.status === 'rejected')).toBe(true);
    expect(ends[1]).toMatchObject({ reason: { name: 'ShedError', reason: 'followers', retryAfterSeconds: 3 } });
    expect(begun).toHaveLength(1);
  });
});

it('questions with other keys do not share their work', () => {
  const { begun, join } = build();
  for (const key of ['a', 'b']) join({ key }).catch(() => undefined);
  expect(begun.map(({ context }) => context.key)).toEqual(['a', 'b']);
});
