import { execFile } from 'node:child_process';
import { cpSync, globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withPip } from './pip.ts';
import { pythonVersion } from './python-packages.ts';

/**
 * How modules are compiled: Python takes what is compiled without comparing times, which the archive does not keep.
 */
export const compileOptions: readonly string[] = ['-q', '-j', '0', '--invalidation-mode', 'unchecked-hash'];

/**
 * Compiles every module in a root that has Debian's Python: nothing can be compiled where the root is read-only.
 *
 * @throws when one cannot be compiled.
 */
export async function compileModules(root: string): Promise<void> {
  const folders = ['/usr/lib/python3', `/usr/lib/python${pythonVersion}`, '/usr/local/lib'];
  await inRoot(root, ['-m', 'compileall', ...compileOptions, ...folders]);
}

/** Sees to it that the packages in a root have what they ask for. @throws with what one lacks. */
export async function checkPackages(root: string): Promise<void> {
  const folder = 'pip-check';
  await withPip(async (environment) => {
    const [pip = ''] = globSync(join(environment, 'lib', '*', 'site-packages', 'pip'));
    cpSync(pip, join(root, folder, 'pip'), { recursive: true });
    await inRoot(root, ['-m', 'pip', 'check'], `/${folder}`);
  }).finally(() => rm(join(root, folder), { recursive: true, force: true }));
}

/** Sees to it that Python can import a module of a folder in a root. @throws with what is missing. */
export async function checkImport(root: string, folder: string, module: string): Promise<void> {
  await inRoot(root, ['-c', `import ${module}`], folder);
}

/** Runs the Python of a root. @throws when it fails, with what it printed. */
async function inRoot(root: string, args: readonly string[], path = ''): Promise<void> {
  // What it imports is compiled later, and as compileOptions say.
  const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' };
  await promisify(execFile)('chroot', [root, '/usr/bin/python3', ...args], { env }).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`python3 ${args.join(' ')} failed in an image: ${stdout}${stderr}`, { cause: error });
  });
}
