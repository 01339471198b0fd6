import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSealed, parseStackFile } from '../../infra/render/stack-file.ts';
import { Failure } from '../failure.ts';
import { root } from '../running.js';
import { changedFiles, fileOf, head, isAncestor, requireCommit } from './commits.ts';
import { differentKeys } from './committed-configuration.ts';
import { goodUpdates } from './rollback-target.ts';
import type { Update } from './update.ts';

/**
 * Refuses to deliver what a rollback could not come back to later, and what would overwrite something newer. Outside of a
 * repository the update says of itself that there is no commit, and nothing is refused here.
 *
 * @param updates Of the stack, newest first.
 * @throws {Failure} when files are not committed, or more of the stack's file than delivery sets; when `ballast:api` has a secret
 *   in it; or when what runs is of a commit that this clone does not have, or that the one checked out does not follow.
 */
export async function requireDeliverable(stack: string, updates: readonly Update[]): Promise<void> {
  const commit = await head();
  if (commit === undefined) return;
  await requireCommitted(stack, commit);
  await requireNewer(stack, commit, updates);
}

async function requireCommitted(stack: string, commit: string): Promise<void> {
  const path = `Pulumi.${stack}.yaml`;
  const changed = (await changedFiles()).filter((each) => each !== path);
  if (changed.length > 0) {
    const shown = changed.slice(0, 5).join(', ');
    const more = changed.length > 5 ? ` and ${changed.length - 5} more` : '';
    throw new Failure(`Commit these changes first, or a rollback could not come back to them: ${shown}${more}`);
  }
  const configuration = parseStackFile(readFileSync(join(root, path), 'utf8'));
  const committed = parseStackFile((await fileOf(commit, path)) ?? '');
  const keys = differentKeys(configuration, committed);
  if (keys.length > 0) {
    throw new Failure(
      `Commit these keys of ${path} first, or a rollback could not come back to them: ${keys.join(', ')}`,
    );
  }
  if (isSealed(configuration['ballast:api'])) {
    throw new Failure(
      `ballast:api in ${path} has a secret in it, so that the history of the stack would not tell which image it ran. ` +
        'Credentials belong into ballast:credentials.',
    );
  }
}

async function requireNewer(stack: string, commit: string, updates: readonly Update[]): Promise<void> {
  const [running] = goodUpdates(updates);
  if (running?.commit === undefined) return;
  await requireCommit(running.commit, running.version);
  if (await isAncestor(running.commit, commit)) return;
  throw new Failure(
    `The stack ${stack} runs the commit ${running.commit} by version ${running.version}, which is not in the history of ` +
      `${commit} here: an older commit must not overwrite a newer one. Check a newer one out; ` +
      `npm run rollback -- --stack ${stack} goes back on purpose.`,
  );
}
