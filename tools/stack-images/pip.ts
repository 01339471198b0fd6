import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { python } from '../python.ts';

/**
 * Makes a virtual environment, which has pip, for as long as some work takes.
 *
 * @param work is given its folder.
 * @throws when there is no Python here.
 */
export async function withPip(work: (environment: string) => Promise<void>): Promise<void> {
  const environment = mkdtempSync(join(tmpdir(), 'ballast-pip-'));
  try {
    await promisify(execFile)((await python()).command, ['-m', 'venv', environment]);
    await work(environment);
  } finally {
    await rm(environment, { recursive: true, force: true });
  }
}
