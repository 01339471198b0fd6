import type { LabelSelector } from './selector.ts';

/** The spec of a PodDisruptionBudget. */
export interface DisruptionBudget {
  readonly selector?: LabelSelector;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

/**
 * How many of so many healthy copies a budget lets be evicted at once; nothing where it says neither a number nor a percentage, which
 * the API server refuses. A percentage is of all copies and is rounded up, of those that must be there and of those that may be
 * away. A budget that says neither lets none be evicted.
 *
 * Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
 */
export function evictable({ minAvailable, maxUnavailable }: DisruptionBudget, copies: number): number | undefined {
  if (maxUnavailable !== undefined) {
    const away = numberOf(maxUnavailable, copies);
    return away === undefined ? undefined : Math.min(away, copies);
  }
  if (minAvailable === undefined) return 0;
  const kept = numberOf(minAvailable, copies);
  return kept === undefined ? undefined : Math.max(copies - kept, 0);
}

/** Whether a budget lets none be evicted, however many copies there are. */
export function evictsNone({ minAvailable, maxUnavailable }: DisruptionBudget): boolean {
  if (maxUnavailable !== undefined) return maxUnavailable === 0 || maxUnavailable === '0%';
  return minAvailable === undefined || minAvailable === '100%';
}

/**
 * Whether a budget counts pods without a controller. Any other limit is of the copies that their controllers have: those are none,
 * and then Kubernetes lets no pod be evicted.
 *
 * Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/#arbitrary-controllers-and-selectors
 */
export const countsPods = ({ minAvailable, maxUnavailable }: DisruptionBudget): boolean =>
  typeof minAvailable === 'number' && maxUnavailable === undefined;

function numberOf(value: number | string, copies: number): number | undefined {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * copies) / 100);
}
