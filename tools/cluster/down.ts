import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alone } from './alone.ts';
import { killProcesses, removeCgroup } from './cgroup.ts';
import { credentials } from './credentials.ts';
import { folder } from './layout.ts';
import { disconnectNode } from './network.ts';
import { volumes } from './storage.ts';

/** How long processes may take to end, in milliseconds. */
const patienceMs = 30_000;

/**
 * Ends the node as a power cut does. What it stored stays: images, volumes, objects.
 *
 * @throws when something of it cannot be removed.
 */
export async function down(): Promise<void> {
  await alone(end);
}

/** Ends the node and forgets its objects and volumes, but not its images. @throws as {@link down} does. */
export async function reset(): Promise<void> {
  await alone(async () => {
    await end();
    for (const path of ['etcd', 'kubelet', 'log', 'pod-logs'].map((name) => join(folder, name))) remove(path);
    remove(volumes);
    remove(credentials);
  });
}

const remove = (path: string) => rmSync(path, { recursive: true, force: true });

/** Ends the node, whatever of it there is: a start that was itself ended has noted nothing. */
export async function end(): Promise<void> {
  remove(join(folder, 'run'));
  const deadline = Date.now() + patienceMs;
  for (;;) {
    killProcesses();
    try {
      removeCgroup();
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
  await disconnectNode();
}
