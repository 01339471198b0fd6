import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The commit that a name of git stands for; `undefined` when this clone of the repository has none of that name. */
export async function resolveRevision(root: string, revision: string): Promise<string | undefined> {
  try {
    // The end of options: a revision never is taken for one.
    const options = ['--verify', '--quiet', '--end-of-options'];
    const { stdout } = await run('git', ['-C', root, 'rev-parse', ...options, `${revision}^{commit}`]);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Runs a program to its end, which comes soon after an interruption. */
async function runUntil(
  interrupted: AbortSignal | undefined,
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<void> {
  const running = run(program, args, { cwd, signal: interrupted });
  // An interruption is an error before the program has ended.
  const exit = once(running.child, 'exit').catch(() => undefined);
  try {
    await running;
  } finally {
    if (running.child.pid !== undefined) await exit;
  }
}

/**
 * Lays a commit out below a folder, with the packages that are installed here unless its lock file differs. It is a plain folder
 * and no work tree of git: nothing of it is left in the repository.
 *
 * @param interrupted Ends it before its end.
 * @returns The folder of its files.
 * @throws when it is interrupted.
 */
export async function layOutRevision(
  root: string,
  commit: string,
  folder: string,
  interrupted?: AbortSignal,
): Promise<string> {
  const archive = join(folder, 'tree.tar');
  const tree = join(folder, 'tree');
  await runUntil(interrupted, 'git', ['-C', root, 'archive', `--output=${archive}`, '--prefix=tree/', commit]);
  await runUntil(interrupted, 'tar', ['-xf', archive, '-C', folder]);
  await providePackages(root, tree, interrupted);
  return tree;
}

async function providePackages(root: string, tree: string, interrupted: AbortSignal | undefined): Promise<void> {
  const lock = 'package-lock.json';
  if (readFileSync(join(root, lock), 'utf8') !== readFileSync(join(tree, lock), 'utf8')) {
    console.error('That revision has another package-lock.json: installing its packages in a temporary folder ...');
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runUntil(interrupted, 'npm', ['ci', ...options], tree);
    return;
  }
  // Packages of a workspace that are not those of the repository.
  for (const folder of ['.', 'service', 'policies']) {
    const installed = join(root, folder, 'node_modules');
    if (existsSync(installed) && existsSync(join(tree, folder)))
      symlinkSync(installed, join(tree, folder, 'node_modules'));
  }
}
