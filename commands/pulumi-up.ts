import { reportMissing } from './doctor/examine.ts';
import { Failure } from './failure.ts';
import { policyArguments } from './policy-arguments.ts';
import { runPulumi } from './pulumi-cli.ts';
import { root } from './running.js';
import { requireUninterrupted } from './until-interrupted.ts';

/**
 * Runs `pulumi up` for a stack of a cluster, once everything that the stack needs is there.
 *
 * @param further Arguments for Pulumi.
 * @param interrupted Ends it at once, unless Pulumi runs, which ends by itself.
 * @throws {Failure} when something is missing, and as {@link runPulumiUp} does.
 */
export async function pulumiUp(stack: string, further: readonly string[], interrupted: AbortSignal): Promise<void> {
  await unlessInterrupted(reportMissing(stack), interrupted);
  await runPulumiUp(stack, further);
}

/**
 * Runs `pulumi up` under the policies. Pulumi has this terminal, and finds the Node of this process first on the PATH.
 *
 * @param further Arguments for Pulumi.
 * @throws {Failure} with Pulumi's own exit code.
 */
export async function runPulumiUp(stack: string, further: readonly string[]): Promise<void> {
  const code = await runPulumi(root, ['up', '--stack', stack, ...policyArguments(root, stack), ...further]);
  if (code !== 0) throw new Failure('', code);
}

/** Waits for the checks, which change nothing and may go on after an interruption. */
async function unlessInterrupted(checked: Promise<void>, interrupted: AbortSignal): Promise<void> {
  requireUninterrupted(interrupted);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  interrupted.addEventListener('abort', end);
  try {
    await Promise.race([checked, promise]);
  } finally {
    interrupted.removeEventListener('abort', end);
  }
  requireUninterrupted(interrupted);
}
