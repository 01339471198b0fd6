import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unmountBelow } from '../commands/mounts.ts';
import { onPath } from '../commands/on-path.ts';
import { foundOrInstalled } from './apt.ts';

const run = promisify(execFile);

/** How long the daemon may take to start, and to stop with its containers, in milliseconds. */
const patienceMs = 30_000;

/** A client of Docker, and the daemon that it speaks to. */
export interface DockerClient {
  /** Its path, or its name on the PATH. */
  readonly client: string;
  /** What it takes as `--host`; by default the daemon that it finds by itself, as on a command line. */
  readonly host?: string;
}

/** Where a Docker daemon listens, and a client of the daemon's own release: another one may build in another way. */
export interface DockerAddress extends DockerClient {
  readonly host: string;
}

/** A Docker daemon of our own. */
export interface DockerDaemon extends DockerAddress {
  /** Ends the daemon with its containers, and removes all that it stored. */
  stop(): Promise<void>;
}

/**
 * Runs one command of Docker's client, and gives what it printed on standard output.
 *
 * @throws when it fails, with the command and its messages.
 */
export async function docker(client: DockerClient, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(client.client, [...toDaemon(client), ...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** Options that have a client speak to its daemon. */
export const toDaemon = ({ host }: DockerClient) => (host === undefined ? [] : ['--host', host]);

/**
 * Starts a Docker daemon that shares nothing with the machine's own: socket, containerd and storage are in a temporary
 * folder. It makes no bridge and sets no packet filter rule, so containers are on the host's network or on none.
 *
 * The daemon is the one on the PATH, else, as root on Debian, the one that apt installs. It ends with this process.
 *
 * @throws when there is none, saying what to install, or when it does not start, with its log.
 */
export async function startDocker(): Promise<DockerDaemon> {
  const { daemon, client } = await programs();
  const folder = mkdtempSync(join(tmpdir(), 'ballast-docker-'));
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const configuration = join(folder, 'daemon.json');
  writeFileSync(configuration, JSON.stringify(daemonConfiguration(folder, socket)));
  const logPath = join(folder, 'dockerd.log');
  const log = openSync(logPath, 'a');
  // The kernel tells the daemon of this process's end, however it comes: PR_SET_PDEATHSIG of prctl(2).
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', daemon, '--config-file', configuration], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const stop = async () => {
    await end(child);
    unmountBelow(folder);
    await rm(folder, { recursive: true, force: true }); // rmSync of Node 24 takes minutes for as many files.
  };
  const address = { client, host: socket };
  try {
    await untilReady(address, child);
    return { ...address, stop };
  } catch (error) {
    const messages = readFileSync(logPath, 'utf8');
    await stop();
    throw new Error(`dockerd did not start; it says:\n${messages}`, { cause: error });
  }
}

/** Keys of dockerd's configuration file, see https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file. */
function daemonConfiguration(folder: string, socket: string): Readonly<Record<string, unknown>> {
  return {
    hosts: [socket],
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'run'),
    pidfile: join(folder, 'docker.pid'),
    bridge: 'none',
    iptables: false,
    'ip-forward': false,
    'ip-masq': false,
    features: { buildkit: true },
  };
}

function programs(): Promise<{ daemon: string; client: string }> {
  return foundOrInstalled(
    fitting,
    ['docker.io'],
    'Docker 20.10 or newer is needed, dockerd with its client (on Debian: apt install docker.io).',
  );
}

/** The daemon on the PATH with the first client there that says the same version. */
async function fitting(): Promise<{ daemon: string; client: string } | undefined> {
  const daemon = onPath('dockerd');
  if (daemon === undefined) return undefined;
  const wanted = await versionOf(daemon);
  if (wanted === undefined) return undefined;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const client = join(folder, 'docker');
    if ((await versionOf(client)) === wanted) return { daemon, client };
  }
  return undefined;
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version']);
    return /version (\S+),/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function untilReady(address: DockerAddress, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    try {
      await docker(address, 'version');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exit;
  clearTimeout(killing);
}
