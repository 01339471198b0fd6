import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { stackNames } from '../infra/render/stack-file.ts';
import { Failure } from './failure.ts';
import { onPath } from './on-path.ts';
import { root } from './running.js';

/**
 * The stack that an option names.
 *
 * @throws {Failure} when there is none of that name for a cluster.
 */
export function knownStack(stack: string): string {
  const known = stackNames(root);
  if (known.includes(stack)) return stack;
  const later = stack === 'local' ? ' The stack local, on this machine with Docker, comes in a later version.' : '';
  throw new Failure(
    `There is no stack ${JSON.stringify(stack)}; allowed: embedded (the default), ${known.join(', ')}.${later}`,
  );
}

/**
 * {@link knownStack} when a Pulumi CLI can deploy it.
 *
 * @throws {Failure} as {@link knownStack} and {@link requirePulumi} do.
 */
export function deployable(stack: string): string {
  requirePulumi(knownStack(stack));
  return stack;
}

/**
 * Has nothing go on without a Pulumi CLI.
 *
 * @param otherwise Sentence about what a stack can be done without one; none by default.
 * @throws {Failure} when there is none on the PATH, with how to get it.
 */
export function requirePulumi(stack: string, otherwise = ''): void {
  if (onPath('pulumi') !== undefined) return;
  const sentence =
    `There is no Pulumi CLI on the PATH, which the stack ${stack} needs: https://www.pulumi.com/docs/install/ ` +
    'says how to get it.';
  throw new Failure([sentence, otherwise].filter((each) => each !== '').join(' '));
}

/**
 * Runs the Pulumi CLI, which has this terminal and finds the Node of this process first on the PATH.
 *
 * @param folder Of the project.
 * @param env Beside the environment of this process.
 * @returns Its exit code.
 */
export async function runPulumi(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(onPath('pulumi') ?? 'pulumi', args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, ...env, PATH: path },
  });
  // Ctrl+C reaches Pulumi from the terminal. A second one would have it leave what it is doing, so none is passed on.
  const wait = () => undefined;
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', wait).on('SIGTERM', forward).on('SIGHUP', forward);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  } finally {
    process.off('SIGINT', wait).off('SIGTERM', forward).off('SIGHUP', forward);
  }
}
