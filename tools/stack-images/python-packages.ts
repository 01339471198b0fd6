import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonDebian } from './debian-root.ts';
import { withPip } from './pip.ts';
import { requirementsFor } from './requirements-for.ts';

/** Debian's packages for what PyPI has: Python, and the library that every wheel may take to be there. */
export const pythonPackages: readonly string[] = ['python3', 'libstdc++6'];

/** Debian's Python of two numbers: `3.13`. */
export const [pythonVersion = ''] = /^\d+\.\d+/.exec(pythonDebian.python) ?? [];
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

/** How packages are installed. Wheels alone: no package runs code of its own. All that the packages need must be pinned. */
export const installOptions: readonly string[] = [
  ...['--quiet', '--no-compile', '--no-deps', '--only-binary=:all:'],
  ...['--python-version', pythonVersion],
];

/**
 * Installs what a requirements file pins into a root that has Debian's Python, with its commands in /usr/local/bin.
 *
 * @param requirements text of the file.
 * @throws when there is no Python here, or pip fails; its messages are on standard error.
 */
export async function installPackages(root: string, requirements: string): Promise<void> {
  await withPip(async (environment) => {
    const file = join(environment, 'requirements.txt');
    writeFileSync(file, requirementsFor(pythonDebian.python, requirements));
    const target = ['--target', join(root, packages), '--requirement', file];
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', ...installOptions, ...target];
    const child = spawn(join(environment, 'bin', 'python'), pip, { stdio: ['ignore', 2, 2] });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error('pip could not install the packages of an image; its messages are above');
  });
  moveCommands(join(root, packages, 'bin'), join(root, 'usr', 'local', 'bin'));
}

/** pip leaves the commands beside the packages, for the Python that pip runs in. */
export function moveCommands(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const command = join(from, name);
    const text = readFileSync(command, 'latin1');
    if (text.startsWith('#!')) writeFileSync(command, text.replace(/^.*/, '#!/usr/bin/python3'), 'latin1');
    renameSync(command, join(to, name));
  }
}
