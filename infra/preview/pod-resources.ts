import { parseQuantity } from '../quantity.ts';
import type { Manifest } from '../render/manifest.ts';
import { at, listAt, textAt } from './untyped.ts';

/** Amounts by what they are of: cores under `cpu`, bytes under `memory`, a number under `nvidia.com/gpu`. */
export type Amounts = Readonly<Record<string, number>>;

/** What one pod of a workload asks for and may have at most. */
export interface PodResources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * Resources of one pod as the scheduler counts them: the sum of its containers and of those beside them, or what one that prepares
 * needs where that is more: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 *
 * @param template A pod's template.
 */
export function podResources(template: unknown): PodResources {
  const all = listAt(template, 'spec', 'initContainers');
  const beside = all.filter((each) => textAt(each, 'restartPolicy') === 'Always');
  const preparing = all.filter((each) => !beside.includes(each));
  const running = [...listAt(template, 'spec', 'containers'), ...beside];
  const whole = (kind: 'requests' | 'limits') =>
    largest([sum(running.map((each) => amounts(each, kind))), ...preparing.map((each) => amounts(each, kind))]);
  return { requests: whole('requests'), limits: whole('limits') };
}

/** Size of the volumes that each copy of a StatefulSet claims, in bytes, by name. */
export const claimedVolumes = (workload: Manifest): Amounts =>
  Object.fromEntries(
    listAt(workload, 'spec', 'volumeClaimTemplates').map((claim) => [
      textAt(claim, 'metadata', 'name') ?? '',
      claimSize(claim),
    ]),
  );

/** Bytes that a claim asks for. */
export const claimSize = (claim: unknown): number => amount(at(claim, 'spec', 'resources', 'requests', 'storage'));

/** Space on a node's own disk costs nothing by itself. */
function amounts(container: unknown, kind: 'requests' | 'limits'): Amounts {
  const limits = at(container, 'resources', 'limits') ?? {};
  // A request that is absent is the limit.
  const all = kind === 'limits' ? limits : { ...limits, ...(at(container, 'resources', 'requests') ?? {}) };
  const entries = Object.entries(all).filter(([name]) => name !== 'ephemeral-storage');
  return Object.fromEntries(entries.map(([name, value]) => [name, amount(value)]));
}

/** A quantity as a number; 0 where the API server would refuse it. */
function amount(quantity: unknown): number {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return 0;
  try {
    return parseQuantity(String(quantity));
  } catch {
    return 0;
  }
}

/** Amounts of all together. */
export const sum = (all: readonly Amounts[]): Amounts => combine(all, (a, b) => a + b);

const largest = (all: readonly Amounts[]): Amounts => combine(all, Math.max);

function combine(all: readonly Amounts[], join: (a: number, b: number) => number): Amounts {
  const names = new Set(all.flatMap((each) => Object.keys(each)));
  return Object.fromEntries(
    [...names].map((name) => [name, all.map((each) => each[name] ?? 0).reduce((a, b) => join(a, b), 0)]),
  );
}
