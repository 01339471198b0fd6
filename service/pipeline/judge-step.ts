import { BreakerOpenError } from '../resilience/breaker-open-error.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { GuardRails } from '../variants/guard-rails.ts';
import { UnavailableError } from './errors.ts';
import type { Step, WorkContext } from './step.ts';

/** Tells the guard rails how a variant did. What is not its doing, such as a client that left, is not held against it. */
export function judgeStep(guardRails: GuardRails): Step<WorkContext> {
  return async (context, next) => {
    const { question, spent } = context;
    const record = (failed: boolean) => guardRails.record(question.variant, { failed, costUsd: spent.costUsd });
    // Where no model was there to be called, there is nothing to judge a variant by.
    const called = () => context.waits.length > 0;
    try {
      const answer = await next();
      const quoted = answer.degradation === 'retrieval_only';
      if (!quoted || called()) record(answer.error === true || quoted);
      return answer;
    } catch (error) {
      const failed = error instanceof UpstreamError && !(error instanceof BreakerOpenError);
      if (failed || (error instanceof UnavailableError && called())) record(true);
      throw error;
    }
  };
}
