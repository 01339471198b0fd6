import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alone } from './alone.ts';
import { leftCgroups, removeCgroup } from './cgroup.ts';
import { credentials } from './credentials.ts';
import { folder, links } from './layout.ts';
import { Namespaces } from './namespaces.ts';
import { volumes } from './storage.ts';

/** How long the kernel may take to take apart what the node had, in milliseconds. */
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

/** Ends the node, whatever of it there is. */
export async function end(): Promise<void> {
  await Namespaces.find()?.end();
  remove(join(folder, 'run'));
  const deadline = Date.now() + patienceMs;
  while (existsSync(`/sys/class/net/${links.host}`)) {
    if (Date.now() > deadline)
      throw new Error(`The interface ${links.host} is still there after ${patienceMs / 1000} s.`);
    await sleep(50);
  }
  while (leftCgroups().length > 0) {
    try {
      removeCgroup();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
