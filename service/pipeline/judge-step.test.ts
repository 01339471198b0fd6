import { describe, expect, it } from 'vitest';
import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Wait } from '../resilience/usual-wait.ts';
import { GuardRails } from '../variants/guard-rails.ts';
import { ClientGoneError, UnavailableError } from './errors.ts';
import { judgeStep } from './judge-step.ts';
import type { Answer } from './step.ts';
import { answer, workContext } from './testing.ts';

/** Whether the variant is stopped by questions that end so, at a failure ratio of 1 or a mean cost of a dollar. */
async function isStopped(ended: Partial<Answer> | Error, costUsd = 0, waits: Wait[] = []): Promise<boolean> {
  const variants = { default: { weight: 1, models: {} }, other: { weight: 1, models: {} } };
  const bounds = { max_error_ratio: 1, max_cost_usd: 1, min_sample: 2 };
  const guardRails = new GuardRails({ variants, guard_rails: bounds }, () => undefined);
  const step = judgeStep(guardRails);
  for (let asked = 0; asked < 2; asked += 1) {
    const context = workContext({ waits });
    context.spent.costUsd = costUsd;
    await step(context, async () => {
      if (ended instanceof Error) throw ended;
      return { ...answer, ...ended };
    }).catch(() => undefined);
  }
  return guardRails.stopped.has('default');
}

/** A call that was made. */
const call: Wait = { model: 'qwen', milliseconds: 100, givenMs: 1_000, inVain: true };

describe('a variant', () => {
  it.each([
    ['answers that are an error', { error: true as const }],
    ['failures of its model', new UpstreamError('qwen', 'server', 'failed')],
  ])('is stopped by %s', async (_what, ended) => {
    expect(await isStopped(ended)).toBe(true);
  });

  it.each([
    ['answers', {}],
    ['quotations in place of answers', { degradation: 'retrieval_only' as const }],
    ['having no model to ask', new UnavailableError('nothing', 1)],
    ['models that are left alone', new BreakerOpenError('llm', 1_000)],
    ['clients that leave', new ClientGoneError()],
    ['what went wrong here', new Error('it broke')],
  ])('is not stopped by %s', async (_what, ended) => {
    expect(await isStopped(ended)).toBe(false);
  });

  it.each([
    ['quotations after calls that failed', { degradation: 'retrieval_only' as const }],
    ['having no answer after calls that failed', new UnavailableError('nothing', 1)],
  ])('is stopped by %s', async (_what, ended) => {
    expect(await isStopped(ended, 0, [call])).toBe(true);
  });

  it('is stopped by what its answers cost', async () => {
    expect(await isStopped({}, 0.99)).toBe(false);
    expect(await isStopped({}, 1)).toBe(true);
  });
});
