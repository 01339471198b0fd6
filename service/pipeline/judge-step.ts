import { UpstreamError } from '../resilience/upstream-error.ts';
import type { GuardRails } from '../variants/guard-rails.ts';
import { UnavailableError } from './errors.ts';
import type { Step, WorkContext } from './step.ts';

/** Tells the guard rails how a variant did. What is not its doing, such as a client that left, is not held against it. */
export function judgeStep(guardRails: GuardRails): Step<WorkContext> {
  return async (context, next) => {
    const { question, spent } = context;
    const record = (failed: boolean) => guardRails.record(question.variant, { failed, costUsd: spent.costUsd });
    try {
      const answer = await next();
      record(answer.error === true || answer.degradation === 'retrieval_only');
      return answer;
    } catch (error) {
      if (error instanceof UpstreamError || error instanceof UnavailableError) record(true);
      throw error;
    }
  };
}
