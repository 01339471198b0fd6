import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { stackNames } from '../infra/render/stack-file.ts';
import { reportMissing } from './doctor/examine.ts';
import { Failure } from './failure.ts';
import { onPath } from './on-path.ts';
import { root } from './running.js';

/**
 * Runs `pulumi up` for a stack of a cluster, once everything that the stack needs is there. Pulumi has this terminal, and finds
 * the Node of this process first on the PATH.
 *
 * @param further Arguments for Pulumi.
 * @throws {Failure} when there is no such stack or no Pulumi CLI, when something is missing, and with Pulumi's own exit code.
 */
export async function pulumiUp(stack: string, further: readonly string[]): Promise<void> {
  const known = stackNames(root);
  if (!known.includes(stack)) {
    const later = stack === 'local' ? ' The stack local, on this machine with Docker, comes in a later version.' : '';
    throw new Failure(
      `There is no stack ${JSON.stringify(stack)}; allowed: embedded (the default), ${known.join(', ')}.${later}`,
    );
  }
  const pulumi = onPath('pulumi');
  if (pulumi === undefined) {
    throw new Failure(
      `There is no Pulumi CLI on the PATH, which the stack ${stack} needs: https://www.pulumi.com/docs/install/ says how ` +
        `to get it. Without one, npm run render -- --stack ${stack} --out DIR writes the stack's manifests.`,
    );
  }
  await reportMissing(stack);
  const code = await run(pulumi, ['up', '--stack', stack, ...further]);
  if (code !== 0) throw new Failure('', code);
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
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
