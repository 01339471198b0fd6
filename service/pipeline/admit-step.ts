import type { Admission } from '../resilience/admission.ts';
import type { Step, WorkContext } from './step.ts';

/** Takes one of the places for work, or is refused; tells the adaptive limit how the work went. */
export function admitStep(admission: Admission): Step<WorkContext> {
  return async (context, next) => {
    const slot = await context.trace.run('admission', () => admission.acquire(context.priority, context.signal));
    let outcome: 'success' | 'other' = 'other';
    try {
      const answer = await next();
      outcome = 'success';
      return answer;
    } finally {
      slot.release(context.overloaded ? 'overload' : outcome, context.waits);
    }
  };
}
