import { Failure } from '../failure.ts';
import { imageUnknown, type Delivered, type Update } from './update.ts';

/**
 * What the newest update that succeeded delivered: one that failed may have changed something, but what it left is not known.
 *
 * @param updates Of the stack, newest first.
 * @throws {Failure} when there is none, or when its image is not known.
 */
export function lastDelivered(stack: string, updates: readonly Update[]): Delivered {
  const found = updates.find(({ kind, succeeded }) => kind === 'update' && succeeded);
  if (found?.delivered !== undefined) return found.delivered;
  if (found !== undefined) {
    throw new Failure(
      `What the stack ${stack} runs cannot be carried along: ${imageUnknown(found.version)}. Credentials belong into ` +
        `ballast:credentials. Take the secret out, and run npm run deploy -- --stack ${stack} --digest D.`,
    );
  }
  throw new Failure(`No update of the stack ${stack} has succeeded yet: npm run deploy -- --stack ${stack} --digest D`);
}
