import type { RequestContext, Step } from './step.ts';

/** Fills an answer that could not be had with the caller's own fallback, since those who share one may differ in it. */
export function fallbackStep(): Step<RequestContext> {
  return async (context, next) => {
    const answer = await next();
    if (!answer.error) return answer;
    return { ...answer, answer: context.fallback === undefined ? { error: true } : context.fallback };
  };
}
