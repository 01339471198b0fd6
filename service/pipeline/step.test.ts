import { describe, expect, it } from 'vitest';
import { queryRequest } from '../contract/schemas.ts';
import { compose, type Answer, type QueryContext, type Step } from './step.ts';

const answer: Answer = {
  answer: 'yes',
  citations: [],
  cached: false,
  model: 'm',
  variant: 'v',
  degradation: 'full',
  tokens: { input: 0, output: 0 },
  cost_usd: 0,
};

const context = (): QueryContext => ({
  tenant: 'acme',
  request: queryRequest.parse({ question: 'q' }),
  signal: new AbortController().signal,
  passages: [],
});

describe('compose', () => {
  it('puts the first step outermost', async () => {
    const calls: string[] = [];
    const step =
      (name: string): Step =>
      async (_context, next) => {
        calls.push(`${name} in`);
        const result = await next();
        calls.push(`${name} out`);
        return result;
      };
    const last: Step = async () => {
      calls.push('answer');
      return answer;
    };
    expect(await compose([step('a'), step('b'), last])(context())).toBe(answer);
    expect(calls).toEqual(['a in', 'b in', 'answer', 'b out', 'a out']);
  });

  it('skips what follows a step that answers itself', async () => {
    const never: Step = async () => {
      throw new Error('must not run');
    };
    expect(await compose([async () => answer, never])(context())).toBe(answer);
  });

  it('gives every step the same context', async () => {
    const given = context();
    const seen: QueryContext[] = [];
    const step: Step = async (one, next) => {
      seen.push(one);
      return seen.length < 3 ? next() : answer;
    };
    await compose([step, step, step])(given);
    expect(seen).toEqual([given, given, given]);
    expect(seen.every((one) => one === given)).toBe(true);
  });

  it('says so when no step answers', async () => {
    const run = compose([async (_context, next) => next()]);
    await expect(run(context())).rejects.toThrow('the last step of the pipeline did not answer');
  });
});
