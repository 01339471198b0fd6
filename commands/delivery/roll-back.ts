import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOutRevision } from '../../infra/render/revision.ts';
import { Failure } from '../failure.ts';
import { policyArguments } from '../policy-arguments.ts';
import { runPulumi } from '../pulumi-cli.ts';
import { root } from '../running.js';
import { requireUninterrupted, untilInterrupted } from '../until-interrupted.ts';
import { configure } from './configure.ts';
import { messages } from './messages.ts';
import type { RollbackTarget } from './rollback-target.ts';

/**
 * Updates a stack to what an earlier update ran: the program, the policies and the stack's file of its commit, and the image that
 * it delivered. The commit, which this clone must have, is laid out in a temporary folder, so that the files here stay as they are.
 *
 * @throws {Failure} with Pulumi's own exit code, and when a signal interrupts it.
 */
export async function rollBack(stack: string, { version, commit, delivered }: RollbackTarget): Promise<void> {
  await untilInterrupted(async (interrupted) => {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-rollback-'));
    try {
      const tree = await layOutRevision(root, commit, folder, interrupted).catch((error: unknown) => {
        requireUninterrupted(interrupted);
        throw error;
      });
      await configure(tree, stack, delivered);
      const message = messages.rollback(version);
      // A commit from before there were policies is judged by none.
      const policies = existsSync(join(tree, 'policies')) ? policyArguments(tree, stack) : [];
      const args = ['up', '--stack', stack, ...policies, '--yes', '--message', message];
      requireUninterrupted(interrupted);
      // No repository is there to tell the commit, which the next rollback may come back to.
      const code = await runPulumi(tree, args, { PULUMI_GIT_HEAD: commit, PULUMI_GIT_COMMIT_MESSAGE: message });
      if (code !== 0) throw new Failure('', code);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
