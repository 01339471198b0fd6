import { describe, expect, it } from 'vitest';
import { compose, type Answer, type Step } from './step.ts';

interface Context {
  readonly name: string;
}

const answer: Answer = {
  answer: 'yes',
  citations: [],
  cached: false,
  model: 'm',
  variant: 'v',
  degradation: 'full',
  tokens: { input: 0, output: 0 },
  cost_usd: 0,
  complete: true,
};

const context = (): Context => ({ name: 'q' });

describe('compose', () => {
  it('puts the first step outermost', async () => {
    const calls: string[] = [];
    const step =
      (name: string): Step<Context> =>
      async (_context, next) => {
        calls.push(`${name} in`);
        const result = await next();
        calls.push(`${name} out`);
        return result;
      };
    const last: Step<Context> = async () => {
      calls.push('answer');
      return answer;
    };
    expect(await compose([step('a'), step('b'), last])(context())).toBe(answer);
    expect(calls).toEqual(['a in', 'b in', 'answer', 'b out', 'a out']);
  });

  it('skips what follows a step that answers itself', async () => {
    const never: Step<Context> = async () => {
      throw new Error('must not run');
    };
    expect(await compose([async () => answer, never])(context())).toBe(answer);
  });

  it('gives every step the same context', async () => {
    const given = context();
    const seen: Context[] = [];
    const step: Step<Context> = async (one, next) => {
      seen.push(one);
      return seen.length < 3 ? next() : answer;
    };
    await compose([step, step, step])(given);
    expect(seen).toEqual([given, given, given]);
    expect(seen.every((one) => one === given)).toBe(true);
  });

  it('says so when no step answers', async () => {
    const run = compose<Context>([async (_context, next) => next()]);
    await expect(run(context())).rejects.toThrow('the last step of the pipeline did not answer');
  });
});
