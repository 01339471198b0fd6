import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { fingerprint } from './fingerprint.ts';
import { madeOnce } from './made-once.ts';
import { python, type Python } from './python.ts';

const run = promisify(execFile);

/** A Python package that is run, with all that it needs. */
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
  return madeOnce(folder, `Another process installs ${tool.package}; waiting for it.`, async () => {
    const begin = Date.now();
    console.error(`Installing the Python package ${tool.package} (${tool.cost}, once) ...`);
    await install(interpreter, folder, requirements);
    console.error(`Installed in ${Math.round((Date.now() - begin) / 1000)} s.`);
  });
}

/** Other pins and another Python make another environment, so that none is replaced under tests that run in it. */
function environmentFolder(
  tool: PythonTool,
  requirements: string,
  { version: pythonVersion, program }: Python,
): string {
  const pins = readFileSync(requirements, 'utf8');
  const version = new RegExp(`^${tool.package}==(\\S+)`, 'm').exec(pins)?.[1];
  if (version === undefined) throw new Error(`${requirements} pins no ${tool.package}`);
  return join(cacheFolder(), tool.name, `${version}-python${pythonVersion}-${fingerprint([pins, program])}`);
}

async function install({ command }: Python, folder: string, requirements: string): Promise<void> {
  await run(command, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
  // Wheels alone: nothing is compiled, and no package runs code of its own at install time.
  const pinned = ['install', '--quiet', '--only-binary=:all:', '--no-deps', '--requirement', requirements];
  // The check says what a pinned package lacks, which --no-deps would leave for its users to find.
  for (const args of [pinned, ['check']]) {
    const child = spawn(join(folder, 'bin', 'python'), [...pip, ...args], { stdio: ['ignore', 2, 2] });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${requirements} could not be installed; the messages of pip are above`);
  }
}
