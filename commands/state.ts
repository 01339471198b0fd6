import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../service/make-folder.ts';
import { Failure } from './failure.ts';
import { runRecordPath, stateFolder, type RunRecord } from './running.js';

/** The folders under the state folder that `up` works with. */
export const folders = {
  data: join(stateFolder, 'data'),
  logs: join(stateFolder, 'logs'),
  redis: join(stateFolder, 'redis'),
  run: join(stateFolder, 'run'),
} as const;

/** The service's log where `LOG_FILE` says no other: one JSON object a line. */
export const logPath = join(folders.logs, 'api.log');

/**
 * What the service says at standard output, since its log cannot be written: one JSON object a line. A file of its own,
 * since the service renames and removes the files of its log.
 */
export const outputPath = join(folders.logs, 'api.out.log');

/** What Node prints when it dies without a chance to log. */
export const crashPath = join(folders.logs, 'api.crash.txt');

const logFileNotePath = join(folders.run, 'log-file');

/** Makes the state folders, for their owner only. @throws {Failure} when that cannot be done. */
export function prepareFolders(): void {
  try {
    for (const folder of [stateFolder, ...Object.values(folders)]) {
      makeFolder(folder);
      accessSync(folder, constants.W_OK);
    }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure(
      `The state folder ${stateFolder} cannot be written (${reason}): make it writable, or set BALLAST_STATE_DIR to another.`,
    );
  }
}

/** Writes a file for its owner only, whole or not at all. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Notes what runs. It holds the secret that signs tokens, so it is readable by its owner only. */
export function writeRunRecord(record: RunRecord): void {
  writePrivate(runRecordPath, JSON.stringify(record));
}

/** Forgets what ran. */
export function removeRunRecord(): void {
  rmSync(runRecordPath, { force: true });
}

/** Notes where the service logs to, which outlasts the {@link RunRecord}: a log is read when its service is gone. */
export function noteLogFile(path: string): void {
  writePrivate(logFileNotePath, path);
}

/** Where the service that runs logs to, or the last one did. */
export function lastLogFile(): string {
  return existsSync(logFileNotePath) ? readFileSync(logFileNotePath, 'utf8') : logPath;
}

/** A secret of the local stack, of A-Z, a-z, 0-9, _ and -: made once, so that what depends on it survives a restart. */
export function localSecret(name: 'jwt-secret' | 'redis-password'): string {
  const path = join(folders.run, name);
  if (!existsSync(path)) writePrivate(path, randomBytes(32).toString('base64url'));
  return readFileSync(path, 'utf8');
}
