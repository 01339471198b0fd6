import { describe, expect, it } from 'vitest';
import { TenantBudget } from '../limits/tenant-budget.ts';
import { SharedStoreAwayError, type SharedStore } from '../redis/shared-store.ts';
import { recordedTracing } from '../telemetry/testing.ts';
import { budgetStep } from './budget-step.ts';
import type { WorkContext } from './step.ts';
import { answer, workContext } from './testing.ts';

/** A tenant that may spend 10 dollars, and work that may cost 4 a call. */
function build() {
  const budget = new TenantBudget({ limitUsd: () => 10, shared: undefined, instance: 'r1' });
  const step = budgetStep(budget, () => 4);
  return { budget, step, reserved: () => budget.usage('acme')?.reservedUsd };
}

/** Redis that is away. */
const away: SharedStore = { run: () => Promise.reject(new SharedStoreAwayError()), available: false };

/** Makes so many further calls, and spends 3 dollars a call. */
async function spend(context: WorkContext, further: number) {
  for (let call = 0; call < further; call += 1) await context.reserveMore();
  context.spent.costUsd = 3 * (1 + further);
  return answer;
}

describe('the budget', () => {
  it('is reserved for each call before it is made, and settled by what all of them cost', async () => {
    const { budget, step, reserved } = build();
    const context = workContext();
    await step(context, async () => {
      expect(reserved()).toBe(4);
      await spend(context, 1);
      expect(reserved()).toBe(8);
      return answer;
    });
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 6, reservedUsd: 0 });
  });

  it('is settled by what was spent, also when the work failed', async () => {
    const { budget, step } = build();
    const context = workContext();
    const work = async () => {
      await spend(context, 0);
      throw new Error('it broke');
    };
    await expect(step(context, work)).rejects.toThrow('it broke');
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 3, reservedUsd: 0 });
  });

  it('that does not bear a further call gives back what was reserved for those before', async () => {
    const { budget, step } = build();
    const context = workContext();
    await expect(step(context, () => spend(context, 2))).rejects.toThrow('have reserved what is left');
    expect(budget.usage('acme')).toEqual({ limitUsd: 10, spentUsd: 0, reservedUsd: 0 });
  });

  it('that does not bear the first call lets no work begin', async () => {
    const { budget, step } = build();
    (await budget.reserve('acme', 8)).settle(8);
    const context = workContext();
    await expect(step(context, () => Promise.reject(new Error('work has begun')))).rejects.toThrow('too little');
  });

  it.each([
    { where: 'in this process', shared: undefined, names: [] },
    { where: 'in Redis', shared: away, names: ['budget'] },
  ])('has a span where a reservation may wait: $where', async ({ shared, names }) => {
    const budget = new TenantBudget({ limitUsd: () => 100, shared, instance: 'r1' });
    const tracing = recordedTracing();
    await budgetStep(budget, () => 4)(workContext({ trace: tracing.begin() }), async () => answer);
    expect(tracing.spans().map(({ name }) => name)).toEqual(names);
    await budget.close();
  });
});
