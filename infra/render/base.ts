import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifests } from './folder.ts';
import type { Manifest } from './manifest.ts';
import { layOutRevision, resolveRevision } from './revision.ts';

const run = promisify(execFile);

/**
 * The manifests to compare with: those in a folder, or those that the program of a git revision renders. A revision is laid out
 * in a temporary folder and rendered there by its own code, with the packages installed here unless its lock file differs.
 *
 * @throws when `base` is neither a folder nor a revision, or when that revision cannot render the stack.
 */
export async function baseManifests(root: string, base: string, stack: string): Promise<Manifest[]> {
  if (statSync(base, { throwIfNoEntry: false })?.isDirectory()) return readManifests(base);
  const commit = await resolveRevision(root, base);
  if (commit === undefined)
    throw new Error(`--base ${JSON.stringify(base)} is neither a folder nor a git revision of this repository`);
  const folder = mkdtempSync(join(tmpdir(), 'ballast-diff-'));
  try {
    const tree = await layOutRevision(root, commit, folder);
    const out = join(folder, 'out');
    await render(tree, stack, out, base);
    return readManifests(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function render(tree: string, stack: string, out: string, base: string): Promise<void> {
  const command = join(tree, 'commands', 'render.ts');
  if (!existsSync(command)) throw new Error(`${base} has no render yet: there is nothing to compare with`);
  try {
    await run(process.execPath, ['--no-warnings', command, '--stack', stack, '--out', out], { cwd: tree });
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(`${base} cannot render the stack ${stack}: ${reason}`);
  }
}
