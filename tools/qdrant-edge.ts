import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../commands/lock.js';
import { cacheFolder } from './cache-folder.ts';
import { python, type Python } from './python.ts';

const run = promisify(execFile);
const requirements = join(import.meta.dirname, 'qdrant-edge', 'requirements.txt');

/**
 * Path of a Python that has Qdrant's engine, for test/standins/qdrant_server.py: a virtual environment that holds what
 * tools/qdrant-edge/requirements.txt pins. It is made once, in the cache; that takes some seconds.
 *
 * @throws when there is no fitting Python, or the package cannot be installed.
 */
export async function pythonWithQdrantEdge(): Promise<string> {
  const base = await python();
  const folder = environmentFolder(base);
  const interpreter = join(folder, 'bin', 'python');
  if (existsSync(interpreter)) return interpreter;
  mkdirSync(dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, 'Another process installs qdrant-edge-py; waiting for it.', async () => {
    if (!existsSync(interpreter)) await install(base, folder);
  });
  return interpreter;
}

/** Other pins and another Python make another environment, so that none is replaced under tests that run in it. */
function environmentFolder({ version: pythonVersion }: Python): string {
  const pins = readFileSync(requirements, 'utf8');
  const version = /^qdrant-edge-py==(\S+)/m.exec(pins)?.[1];
  if (version === undefined) throw new Error(`${requirements} pins no qdrant-edge-py`);
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return join(cacheFolder(), 'qdrant-edge', version, `python${pythonVersion}-${hash}`);
}

/**
 * Installs beside the final path and renames, so that an installation that was cut off leaves nothing that looks whole.
 * Only the scripts of a virtual environment hold its path, and none of them is used.
 */
async function install({ command }: Python, folder: string): Promise<void> {
  console.error('Installing qdrant-edge-py, the engine of the tests’ Qdrant (some seconds, once) ...');
  const unfinished = `${folder}.${process.pid}`;
  try {
    await run(command, ['-m', 'venv', unfinished]);
    const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check', '--no-input', 'install', '--no-deps'];
    // Wheels alone: nothing is compiled, and no package runs code of its own at install time.
    const pinned = ['--only-binary=:all:', '--require-hashes', '--requirement', requirements];
    await run(join(unfinished, 'bin', 'python'), [...pip, ...pinned]);
    // What is there has lost its Python, or it would have been used.
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
