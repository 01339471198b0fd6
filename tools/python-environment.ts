import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../commands/lock.js';
import { cacheFolder } from './cache-folder.ts';
import { python, type Python } from './python.ts';

const run = promisify(execFile);

/** A Python package that tests run, with all that it needs. */
export interface PythonTool {
  /** Its folder in the cache, and the one under tools/ that holds its `requirements.txt`. */
  readonly name: string;
  /** The package whose version names the environment. */
  readonly package: string;
  /** What the installation costs, for the line that announces it: `about a minute and 750 MB`. */
  readonly cost: string;
}

/**
 * Folder of a virtual environment that holds what the tool's `requirements.txt` pins. It is made once, in the cache.
 *
 * @throws when there is no fitting Python, or the packages cannot be installed.
 */
export async function pythonEnvironment(tool: PythonTool): Promise<string> {
  const requirements = join(import.meta.dirname, tool.name, 'requirements.txt');
  const interpreter = await python();
  const folder = environmentFolder(tool, requirements, interpreter);
  if (isComplete(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, `Another process installs ${tool.package}; waiting for it.`, async () => {
    if (isComplete(folder)) return;
    const begin = Date.now();
    console.error(`Installing the Python package ${tool.package} for the tests (${tool.cost}, once) ...`);
    rmSync(folder, { recursive: true, force: true });
    await install(interpreter, folder, requirements);
    writeFileSync(stampIn(folder), '');
    console.error(`Installed in ${Math.round((Date.now() - begin) / 1000)} s.`);
  });
  return folder;
}

/** Other pins and another Python make another environment, so that none is replaced under tests that run in it. */
function environmentFolder(tool: PythonTool, requirements: string, { version: pythonVersion }: Python): string {
  const pins = readFileSync(requirements, 'utf8');
  const version = new RegExp(`^${tool.package}==(\\S+)`, 'm').exec(pins)?.[1];
  if (version === undefined) throw new Error(`${requirements} pins no ${tool.package}`);
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return join(cacheFolder(), tool.name, version, `python${pythonVersion}-${hash}`);
}

/** A stamp is written last, because an environment's scripts hold its path, so that it cannot be renamed into place. */
function stampIn(folder: string): string {
  return join(folder, '.complete');
}

function isComplete(folder: string): boolean {
  return existsSync(stampIn(folder)) && existsSync(join(folder, 'bin', 'python'));
}

async function install({ command }: Python, folder: string, requirements: string): Promise<void> {
  await run(command, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
  // Wheels alone: nothing is compiled, and no package runs code of its own at install time.
  const pinned = ['install', '--quiet', '--only-binary=:all:', '--no-deps', '--requirement', requirements];
  // The check says what a pinned package lacks, which --no-deps would leave for the tests to find.
  for (const args of [pinned, ['check']]) {
    const child = spawn(join(folder, 'bin', 'python'), [...pip, ...args], { stdio: ['ignore', 2, 2] });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${requirements} could not be installed; the messages of pip are above`);
  }
}
