import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../running.js';
import { stackConfig } from '../stack-config.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { configure } from './configure.ts';
import { requireDeliverable } from './require-deliverable.ts';
import type { Delivered, Update } from './update.ts';

/**
 * Sets what is to run in the stack's file, and updates the stack to it without asking.
 *
 * @param updates Of the stack, newest first.
 * @param message What the history of the stack says of it.
 * @throws {Failure} when {@link requireDeliverable} refuses it, when the configuration is not valid with it, when the update fails,
 *   and when a signal interrupts it. The stack's file is then as it was.
 */
export async function deliver(
  stack: string,
  updates: readonly Update[],
  delivered: Delivered,
  message: string,
): Promise<void> {
  await requireDeliverable(stack, updates);
  // Here and not above, since Pulumi's libraries take seconds to load, which a wrong argument shall not.
  const { pulumiUp } = await import('../pulumi-up.ts');
  console.log(`The stack ${stack}: ${message}.`);
  await untilInterrupted(async (interrupted) => {
    const path = join(root, `Pulumi.${stack}.yaml`);
    const before = readFileSync(path);
    try {
      await configure(root, stack, delivered);
      await stackConfig(stack);
      await pulumiUp(stack, ['--yes', '--message', message], interrupted);
    } catch (error) {
      writeFileSync(path, before);
      throw error;
    }
  });
}
