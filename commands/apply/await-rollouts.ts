import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../../infra/render/manifest.ts';
import { Failure } from '../failure.ts';
import type { Kubectl } from '../kubectl.ts';
import { formatTable } from '../table.ts';
import { LiveText } from './live-text.ts';
import { rollouts, type Rollout } from './rollout.ts';

/** Longest time for all parts of a stack, in milliseconds: images are pulled and a model is downloaded the first time. */
const patienceMs = 20 * 60_000;

/**
 * Waits until every part of a stack is ready, with a table of them that is kept up to date.
 *
 * @param manifests What the stack has.
 * @throws {Failure} when not all are ready in time, naming those, and as kubectl does when it fails at the end of that time. When
 *   it fails before, it is asked again: an API server may be away for a moment.
 */
export async function awaitRollouts(
  kubectl: Kubectl,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<void> {
  const begin = Date.now();
  const live = new LiveText();
  for (;;) {
    const parts = await rollouts(kubectl, namespace, manifests).catch(failure);
    const isLate = Date.now() - begin > patienceMs;
    if (parts instanceof Failure) {
      if (isLate) throw parts;
    } else {
      const left = parts.filter(({ isDone }) => !isDone);
      live.show(
        table(parts),
        `${Math.round((Date.now() - begin) / 1000)} s, ${left.length} of ${parts.length} parts to go`,
      );
      if (left.length === 0) return;
      if (isLate) throw new Failure(`Not ready after ${patienceMs / 60_000} minutes: ${left.map(state).join(', ')}`);
    }
    await sleep(1_000);
  }
}

/** What kubectl complained of; anything else is a mistake of ours. */
function failure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

const state = ({ workload, waitsFor }: Rollout) => `${workload} (${waitsFor || 'no pod'})`;

function table(parts: readonly Rollout[]): string {
  const rows = parts.map(({ workload, kind, ready, wanted, isDone, waitsFor }) => [
    workload,
    kind,
    `${ready} of ${wanted}`,
    isDone ? 'ready' : waitsFor || 'starts',
  ]);
  return formatTable(['PART', 'KIND', 'READY', 'STATE'], rows);
}
