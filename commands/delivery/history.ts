import { ask } from '../doctor/ask.ts';
import { Failure } from '../failure.ts';
import { root } from '../running.js';
import { parseHistory, type Update } from './update.ts';

/** Time for the answer, in milliseconds: a history of years in object storage is read update by update. */
const timeoutMs = 300_000;

/**
 * Every update of a stack, newest first.
 *
 * @throws {Failure} when the state backend has no such stack, or is not reached.
 */
export async function stackHistory(stack: string): Promise<Update[]> {
  // All of them: where the state backend numbers none, its version is its position.
  const args = ['stack', 'history', '--stack', stack, '--json', '--page-size', '0', '--non-interactive', '--cwd', root];
  try {
    return parseHistory(await ask('pulumi', args, timeoutMs));
  } catch (error) {
    throw new Failure(`The history of the stack ${stack} cannot be read: ${(error as Error).message}`);
  }
}
