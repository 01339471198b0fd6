import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../commands/lock.js';
import { folder } from './layout.ts';

/** Does what changes the node: two at once would undo each other's work. */
export async function alone(work: () => Promise<void>): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await withLock(join(folder, 'lock'), 'Another `npm run cluster` is at work; waiting for it.', work);
}
