import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../commands/lock.js';
import { cacheFolder } from './cache-folder.ts';
import { runShown, type Shown } from './run-shown.ts';

/**
 * What `find` finds; else, as root on Debian, what it finds once apt has installed the packages.
 *
 * @param missing what to say when it finds nothing even then: what is needed, and how to install it.
 * @throws with `missing`, or when apt-get fails.
 */
export async function foundOrInstalled<T>(
  find: () => T | undefined | Promise<T | undefined>,
  packages: readonly string[],
  missing: string,
): Promise<T> {
  const found = await find();
  if (found !== undefined) return found;
  if (canInstall()) await aptInstall(packages);
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new Error(missing);
}

/** Whether packages can be installed here: as root, on Debian and its relatives. */
function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

/** How long another apt may hold a lock, in seconds. */
const patienceSeconds = 300;

/**
 * Installs Debian packages, without what they recommend, and starts no service of theirs.
 *
 * @throws when apt-get fails; its messages are on standard error.
 */
async function aptInstall(packages: readonly string[]): Promise<void> {
  const names = packages.join(' and ');
  mkdirSync(cacheFolder(), { recursive: true });
  // The policy of one must not be removed while another installs.
  await withLock(join(cacheFolder(), 'apt.lock'), 'Another process installs packages; waiting for it.', async () => {
    console.error(`Installing ${names} by apt-get ...`);
    await update();
    const { code } = await withoutServices(() => aptGet('install', '--no-install-recommends', ...packages));
    if (code !== 0) throw new Error(`apt-get could not install ${names}; its messages are above`);
  });
}

/** Refreshes the lists. apt-get waits for a lock when it installs, but not here. A failure shows when it installs. */
async function update(): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const { messages } = await aptGet('update');
    if (!messages.includes('Could not get lock') || Date.now() > deadline) return;
    await sleep(2_000);
  }
}

function aptGet(...args: string[]): Promise<Shown> {
  const options = ['-qq', '-y', '-o', `DPkg::Lock::Timeout=${patienceSeconds}`];
  // RUNLEVEL=1 is what scripts that ask no policy go by: nothing starts in single-user mode.
  return runShown('apt-get', [...options, ...args], { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' });
}

/** What Debian's scripts ask before they start a service (invoke-rc.d(8)). */
const policyFile = '/usr/sbin/policy-rc.d';

/** Forbids services to start meanwhile, unless the machine has a policy of its own. */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  if (existsSync(policyFile)) return work();
  const forbidden = 101;
  writeFileSync(policyFile, `#!/bin/sh\nexit ${forbidden}\n`, { mode: 0o755 });
  const remove = () => rmSync(policyFile, { force: true });
  process.once('exit', remove);
  try {
    return await work();
  } finally {
    remove();
    process.off('exit', remove);
  }
}
