import { isOfDelivery, rolledBackTo } from './messages.ts';
import { imageUnknown, type Delivered, type Update } from './update.ts';

/** An update to which a stack can go back: what it ran is known. */
export type RollbackTarget = Update & { readonly commit: string; readonly delivered: Delivered };

/**
 * Updates of `pulumi up` that succeeded and left no canary behind, without those that a later rollback was leaving, whether that
 * rollback succeeded or not.
 *
 * @param updates Newest first, as are those that it returns.
 */
export function goodUpdates(updates: readonly Update[]): Update[] {
  return updates.filter((update) => isGood(update) && !updates.some((later) => isLeaving(later, update)));
}

/**
 * The newest good update, which a stack can go back to after later ones.
 *
 * @param updates Newest first.
 * @throws when there is none, or when it cannot be brought back.
 */
export function rollbackPoint(updates: readonly Update[]): RollbackTarget {
  const [found] = goodUpdates(updates);
  if (found === undefined) throw new Error('no update has succeeded without a canary');
  return restorable(found);
}

/**
 * The update that a rollback goes back to: the newest good one before the newest update, however that one ended. Where that was a
 * rollback that succeeded, it is one before the update that runs again.
 *
 * @param updates Newest first.
 * @param version Of the update to go back to in its place.
 * @throws with the reason when there is none, or when it cannot be brought back.
 */
export function rollbackTarget(updates: readonly Update[], version?: number): RollbackTarget {
  if (version !== undefined) return restorable(given(updates, version));
  const newest = updates.find(({ kind }) => kind === 'update');
  const current = newest === undefined ? 0 : newest.succeeded ? originOf(newest, updates) : newest.version;
  const found = goodUpdates(updates).find((update) => update.version < current);
  if (found !== undefined) return restorable(found);
  const what = current === (newest?.version ?? 0) ? 'the newest one' : `version ${current}, which runs again,`;
  throw new Error(`no update before ${what} has succeeded without a canary`);
}

/** What cannot be known to have had a canary is not passed over in silence: {@link restorable} refuses it. */
const isGood = ({ kind, succeeded, delivered }: Update) =>
  kind === 'update' && succeeded && delivered?.canary === undefined;

/** Whether a later update is a rollback that went back over one. */
function isLeaving({ kind, version, message }: Update, left: Update): boolean {
  const target = rolledBackTo(message);
  return kind === 'update' && target !== undefined && target < left.version && left.version < version;
}

/** Version of the update whose program runs after one: another than itself after a rollback. */
function originOf({ version, message }: Update, updates: readonly Update[]): number {
  const target = rolledBackTo(message);
  if (target === undefined || target >= version) return version;
  const found = updates.find((update) => update.version === target);
  return found === undefined ? target : originOf(found, updates);
}

function given(updates: readonly Update[], version: number): Update {
  const found = updates.find((update) => update.version === version);
  if (found === undefined) {
    const good = goodUpdates(updates).map((update) => update.version);
    const known = good.length === 0 ? 'there is no good one' : `good ones are ${good.slice(0, 10).join(', ')}`;
    throw new Error(`there is no version ${version}; ${known}`);
  }
  if (found.kind !== 'update') throw new Error(`version ${version} is no update, but a ${found.kind}`);
  if (!found.succeeded) throw new Error(`version ${version} failed`);
  if (found.delivered?.canary !== undefined) throw new Error(`version ${version} had a canary`);
  return found;
}

/** What was not committed cannot be brought back. */
function restorable(update: Update): RollbackTarget {
  const { version, commit, dirty, message, delivered } = update;
  if (commit === undefined) throw new Error(`version ${version} was not made in a git repository`);
  if (dirty && !isOfDelivery(message)) {
    throw new Error(`version ${version} was made with changes that its commit ${commit} does not have`);
  }
  if (delivered === undefined) throw new Error(imageUnknown(version));
  return { ...update, commit, delivered };
}
