import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resolveRevision } from '../../infra/render/revision.ts';
import { Failure } from '../failure.ts';
import { root } from '../running.js';

const run = promisify(execFile);

/** The commit that is checked out; `undefined` where there is no repository, such as in a copy of the files. */
export const head = (): Promise<string | undefined> => resolveRevision(root, 'HEAD');

/** @throws {Failure} when this clone does not have the commit of an update. */
export async function requireCommit(commit: string, version: number): Promise<void> {
  if ((await resolveRevision(root, commit)) !== undefined) return;
  throw new Failure(
    `The commit ${commit} of version ${version} is not in this clone: git fetch origin ${commit}. ` +
      'A workflow checks out with fetch-depth: 0.',
  );
}

/** Paths of files that differ from the commit that is checked out, without those that git does not know. */
export async function changedFiles(): Promise<string[]> {
  const { stdout } = await run('git', ['-C', root, 'diff', '--name-only', '--relative', '-z', 'HEAD', '--', '.']);
  return stdout.split('\0').filter((path) => path !== '');
}

/** Text that a file has in a commit; `undefined` when the commit has none of that name. */
export async function fileOf(commit: string, path: string): Promise<string | undefined> {
  const { stdout: names } = await run('git', ['-C', root, 'ls-tree', '--name-only', commit, '--', path]);
  if (names === '') return undefined;
  return (await run('git', ['-C', root, 'show', `${commit}:./${path}`])).stdout;
}

/** Whether a commit is an ancestor of another one, or the same. */
export async function isAncestor(commit: string, of: string): Promise<boolean> {
  try {
    await run('git', ['-C', root, 'merge-base', '--is-ancestor', commit, of]);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 1) return false;
    throw error;
  }
}
