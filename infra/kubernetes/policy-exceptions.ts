import type { Workload } from '../workload.ts';

/** Annotations of what runs a workload's pods that except it from rules of the policy pack; none where none are excepted. */
export function policyExceptions({ policyExceptions = {} }: Workload): Record<string, string> | undefined {
  const exceptions = Object.entries(policyExceptions);
  if (exceptions.length === 0) return undefined;
  return Object.fromEntries(exceptions.map(([rule, reason]) => [`policies.ballast.dev/${rule}`, reason]));
}
