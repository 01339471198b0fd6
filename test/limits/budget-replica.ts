import { BudgetExceededError, TenantBudget, type Reservation } from '../../service/limits/tenant-budget.ts';
import { PlainStore } from './plain-store.ts';

// A replica as a process of its own: 200 requests of one tenant, 25 at once. Each reserves 1.50 dollars and costs 0.50
// to 1.50; one in ten is given up. Refused ones come again until the budget is spent. Prints what was spent.
const [port, limit, leaseMs] = process.argv.slice(2).map(Number) as [number, number, number];
const store = await new PlainStore(port).ready();
const budget = new TenantBudget({ limitUsd: () => limit, shared: store, instance: `${process.pid}`, leaseMs });
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 100));

async function reserve(): Promise<Reservation | undefined> {
  for (;;) {
    try {
      return await budget.reserve('acme', 1.5);
    } catch (error) {
      if (!(error instanceof BudgetExceededError)) throw error;
      if (error.retryAfterSeconds > 1) return undefined;
      await pause();
    }
  }
}

let spent = 0;
let requests = 200;
const work = async () => {
  while (requests-- > 0) {
    const reservation = await reserve();
    await pause();
    if (!reservation) continue;
    if (Math.random() < 0.1) reservation.release();
    else {
      const cost = 0.5 + Math.random();
      spent += cost;
      reservation.settle(cost);
    }
  }
};
await Promise.all(Array.from({ length: 25 }, work));
await budget.close();
store.close();
console.log(spent);
