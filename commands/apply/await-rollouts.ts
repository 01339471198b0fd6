import { setTimeout as sleep } from 'node:timers/promises';
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
 * @throws {Failure} when not all are ready in time, naming those.
 */
export async function awaitRollouts(kubectl: Kubectl, namespace: string): Promise<void> {
  const begin = Date.now();
  const live = new LiveText();
  for (;;) {
    const parts = await rollouts(kubectl, namespace);
    const left = parts.filter(({ isDone }) => !isDone);
    live.show(
      table(parts),
      `${Math.round((Date.now() - begin) / 1000)} s, ${left.length} of ${parts.length} parts to go`,
    );
    if (left.length === 0) return;
    if (Date.now() - begin > patienceMs) {
      const names = left.map(({ workload, waitsFor }) => `${workload} (${waitsFor || 'no pod'})`).join(', ');
      throw new Failure(`Not ready after ${patienceMs / 60_000} minutes: ${names}`);
    }
    await sleep(1_000);
  }
}

function table(parts: readonly Rollout[]): string {
  const rows = parts.map(({ workload, kind, ready, wanted, isDone, waitsFor }) => [
    workload,
    kind,
    `${ready} of ${wanted}`,
    isDone ? 'ready' : waitsFor || 'starts',
  ]);
  return formatTable(['PART', 'KIND', 'READY', 'STATE'], rows);
}
