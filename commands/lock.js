// Plain JavaScript: see running.js.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs work while holding a lock file; waits while another live process holds it. A lock whose process is gone is taken.
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

/** @param {string} path */
function take(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (isStale(path)) rmSync(path, { force: true });
    return false;
  }
}

/** @param {string} path */
function isStale(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid === 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
