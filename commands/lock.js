// Plain JavaScript: see running.js.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from './running.js';

/**
 * Runs work while holding a lock file; waits as long as another live process holds it. A lock whose process is gone is taken.
 *
 * @template T
 * @param {string} path In a folder that exists.
 * @param {string} waiting Printed once when there is something to wait for.
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function withLock(path, waiting, work) {
  for (let announced = false; !take(path); announced = true) {
    if (!announced) console.error(waiting);
    await sleep(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/**
 * Links a whole file into place, so that a lock is never seen empty.
 *
 * @param {string} path
 */
function take(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    removeStale(path);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Removes a lock whose process is gone. It is renamed first and looked at again, so that a lock that somebody took in
 * between is put back.
 *
 * @param {string} path
 */
function removeStale(path) {
  if (isHeld(path)) return;
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (isHeld(aside)) linkSync(aside, path);
    rmSync(aside);
  } catch {
    // Somebody else was quicker; the next try sees what is there.
  }
}

/**
 * Whether the process that wrote the lock still runs: the same pid, started at the same time.
 *
 * @param {string} path
 */
function isHeld(path) {
  try {
    const [pid, ...start] = readFileSync(path, 'utf8').split(' ');
    return start.join(' ') === startOf(Number(pid));
  } catch {
    return false;
  }
}
