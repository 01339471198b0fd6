import type { Reservation, TenantBudget } from '../limits/tenant-budget.ts';
import type { Answer, Step, WorkContext } from './step.ts';

/**
 * Reserves what one model call can cost at most before the work begins, more for each further call, and settles by what
 * was spent, also when the work failed.
 *
 * @param mostOf US dollars that one call for the question costs at most.
 */
export function budgetStep(
  budget: TenantBudget,
  mostOf: (question: WorkContext['question']) => number,
): Step<WorkContext> {
  return async (context, next): Promise<Answer> => {
    const { question, trace, spent } = context;
    const most = mostOf(question);
    const reserve = () => budget.reserve(question.tenant, most);
    const reservations: Reservation[] = [
      await (budget.isShared(question.tenant) ? trace.run('budget', reserve) : reserve()),
    ];
    context.reserveMore = async () => {
      reservations.push(await reserve());
    };
    try {
      return await next();
    } finally {
      const [first, ...more] = reservations;
      first?.settle(spent.costUsd);
      for (const reservation of more) reservation.release();
    }
  };
}
