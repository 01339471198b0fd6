import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { contextFlags, noKubectl } from './kubectl.ts';
import { onPath } from './on-path.ts';

/** A Service in a cluster. */
export interface ForwardTarget {
  /** Of the kubeconfig; the current one when absent. */
  readonly context: string | undefined;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** Time until kubectl has forwarded the port, in milliseconds: signing in at a cloud takes several seconds. */
const forwardedWithinMs = 30_000;

/** Time until a kubectl that listens no more has ended, in milliseconds. */
const endsWithinMs = 5_000;

/**
 * Does work on a Service of a cluster at an address of this machine, to which kubectl forwards it for as long as that takes. What
 * kubectl forwards is one pod of the Service.
 *
 * @throws {Failure} when there is no kubectl, when it cannot forward the port, or when it ended before the work did.
 */
export async function throughPortForward(target: ForwardTarget, work: (url: string) => Promise<void>): Promise<void> {
  const { context, namespace, service, port } = target;
  if (onPath('kubectl') === undefined) throw new Failure(noKubectl);
  const where = [...contextFlags(context), '--namespace', namespace];
  const args = ['port-forward', ...where, '--address', '127.0.0.1', `service/${service}`, `:${port}`];
  // In a group of its own: Ctrl+C shall not take the way to what is to be cleaned up.
  const kubectl = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let complaint = '';
  kubectl.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = lastLine(text) ?? complaint));
  const ended = once(kubectl, 'close');
  const failure = (reason: string) =>
    new Failure(
      `kubectl does not forward a port to service/${service} in the namespace ${namespace}: ${complaint || reason}`,
    );
  try {
    const url = await forwardedAddress(kubectl, ended).catch((error: unknown) => {
      throw failure((error as Error).message);
    });
    await work(url);
    if (await isRefused(url)) {
      // Its socket goes before this process is told of its end, and what it complained of is read by then.
      await Promise.race([ended, delay(endsWithinMs, undefined, { ref: false })]);
      throw failure('it ended meanwhile');
    }
  } finally {
    kubectl.kill();
    await ended.catch(() => undefined);
  }
}

/** Where kubectl listens. @throws when it ends or says nothing in time. */
async function forwardedAddress(
  kubectl: ChildProcessByStdio<null, Readable, Readable>,
  ended: Promise<unknown>,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error(`nothing within ${forwardedWithinMs / 1000} s`)), forwardedWithinMs);
  // Read to its end, since kubectl says something of every connection.
  createInterface(kubectl.stdout).on('line', (line) => {
    const [, address] = /^Forwarding from (127\.0\.0\.1:\d+) -> /.exec(line) ?? [];
    if (address !== undefined) resolve(`http://${address}`);
  });
  ended.then(() => reject(new Error('it ended')), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether nobody listens at an address of this machine any more. */
async function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1) || undefined;
