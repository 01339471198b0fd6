// Plain JavaScript: bootstrap.js needs it on whatever Node the machine has, before anything is installed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * What is known of the service that `up` started.
 *
 * @typedef {object} RunRecord
 * @property {number} pid
 * @property {string} marker Part of the process's command line, so that a reused pid is not taken for it.
 * @property {string} url
 * @property {number} drainSeconds How long running requests may take after SIGTERM.
 * @property {string} startedAt ISO 8601.
 * @property {string} [jwtSecret] Signs tokens that this service accepts.
 * @property {string} jwtIssuer
 * @property {string} jwtAudience
 */

/** The repository. */
export const root = resolve(import.meta.dirname, '..');

/** Where `up` keeps its state. */
export const stateFolder = resolve(root, process.env['BALLAST_STATE_DIR'] || '.ballast');

/** Where the {@link RunRecord} is. */
export const runRecordPath = join(stateFolder, 'run', 'api.json');

/**
 * The service that runs, or `undefined`. A record whose process is gone does not count.
 *
 * @returns {RunRecord | undefined}
 */
export function readRunning() {
  try {
    const record = /** @type {RunRecord} */ (JSON.parse(readFileSync(runRecordPath, 'utf8')));
    return isRunning(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the recorded process is alive, and is the one that was recorded.
 *
 * @param {Pick<RunRecord, 'pid' | 'marker'>} record
 */
export function isRunning({ pid, marker }) {
  try {
    return commandLineOf(pid).includes(marker);
  } catch {
    return false;
  }
}

/**
 * Whether a process has ended, sockets and files closed. One that only waits for its parent to notice (a zombie) has.
 *
 * @param {number} pid
 */
export function hasEnded(pid) {
  try {
    return /^[ZX]/.test(stateOf(pid));
  } catch {
    return true;
  }
}

/**
 * When a process started, in whatever form the system has; with the pid it names one process for good.
 *
 * @param {number} pid
 */
export function startOf(pid) {
  // Field 22 of proc(5), the twentieth after the program's name.
  return process.platform === 'linux' ? (statOf(pid)[19] ?? '') : ps(pid, 'lstart=');
}

/**
 * The kernel's one-letter state of a process.
 *
 * @param {number} pid
 */
export function stateOf(pid) {
  return process.platform === 'linux' ? (statOf(pid)[0] ?? '') : ps(pid, 'state=');
}

/**
 * What follows the program's name in `/proc/PID/stat`; the name stands in parentheses and may itself hold some.
 *
 * @param {number} pid
 */
function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * @param {number} pid
 * @param {string} column
 */
function ps(pid, column) {
  return execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

/** @param {number} pid */
function commandLineOf(pid) {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return ps(pid, 'args=');
}
