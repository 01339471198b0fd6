import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { python } from '../python.ts';
import { debian } from './debian-root.ts';
import { requirementsFor } from './requirements-for.ts';

const run = promisify(execFile);

/** Debian's packages for what PyPI has: Python, and the library that every wheel may take to be there. */
export const pythonPackages: readonly string[] = ['python3', 'libstdc++6'];

/** Debian's Python of two numbers: `3.11`. */
const [pythonVersion = ''] = /^\d+\.\d+/.exec(debian.python) ?? [];
/** Where Debian's Python looks for what is not Debian's. */
const packages = `/usr/local/lib/python${pythonVersion}/dist-packages`;

/** Text of the requirements file of a folder under tools/. */
export function requirementsOf(tool: string): string {
  return readFileSync(join(import.meta.dirname, '..', tool, 'requirements.txt'), 'utf8');
}

/** The version of a package that a folder under tools/ pins. @throws when it pins none. */
export function pinnedPackage(tool: string, name: string): string {
  const version = new RegExp(`^${name}==(\\S+)`, 'm').exec(requirementsOf(tool))?.[1];
  if (version === undefined) throw new Error(`tools/${tool}/requirements.txt pins no ${name}`);
  return version;
}

/**
 * Installs what a requirements file pins into a root that has Debian's Python, with its commands in /usr/local/bin. Wheels
 * alone: no package runs code of its own.
 *
 * @param requirements text of the file. All that the packages need must be pinned.
 * @throws when there is no Python here, or pip fails; its messages are on standard error.
 */
export async function installPackages(root: string, requirements: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-pip-'));
  try {
    const environment = join(folder, 'environment');
    await run((await python()).command, ['-m', 'venv', environment]);
    const file = join(folder, 'requirements.txt');
    writeFileSync(file, requirementsFor(debian.python, requirements));
    const options = ['--quiet', '--no-compile', '--no-deps', '--only-binary=:all:', '--python-version', pythonVersion];
    const target = ['--target', join(root, packages), '--requirement', file];
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', ...options, ...target];
    const child = spawn(join(environment, 'bin', 'python'), pip, { stdio: ['ignore', 2, 2] });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error('pip could not install the packages of an image; its messages are above');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  moveCommands(root);
}

/** pip leaves the commands beside the packages, for the Python that pip runs in. */
function moveCommands(root: string): void {
  const from = join(root, packages, 'bin');
  if (!existsSync(from)) return;
  const to = join(root, 'usr', 'local', 'bin');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const command = join(from, name);
    const text = readFileSync(command, 'latin1');
    if (text.startsWith('#!')) writeFileSync(command, text.replace(/^.*/, '#!/usr/bin/python3'), 'latin1');
    renameSync(command, join(to, name));
  }
}

/**
 * Compiles every module in a root that has Debian's Python: nothing can be compiled where the root is read-only. Python takes
 * what is compiled without comparing times, which the archive does not keep.
 */
export async function compileModules(root: string): Promise<void> {
  const folders = ['/usr/lib/python3', `/usr/lib/python${pythonVersion}`, '/usr/local/lib'];
  // Templates of packages are no modules, although named so: what cannot be compiled is left as it is.
  const options = ['-m', 'compileall', '-q', '-q', '-j', '0', '--invalidation-mode', 'unchecked-hash'];
  await run('chroot', [root, '/usr/bin/python3', ...options, ...folders]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 1) throw error;
  });
}
