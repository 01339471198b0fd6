import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Component } from './components.ts';
import { addresses, folder, nodeName } from './layout.ts';

const run = promisify(execFile);

/**
 * Where containerd listens: a path that this machine sees too, so that images can be brought from where the machine, other
 * than the node, has a network.
 */
export const containerdSocket = join(folder, 'containerd.sock');

/** What holds the namespaces of each pod, as the kubelet of this release expects it. */
export const pauseImage = 'registry.k8s.io/pause:3.10.1';

/** Where the configuration of the pods' network is. */
const cniFolder = join(folder, 'cni');

/**
 * Each pod is connected by a link of its own to the node, which routes. So traffic between pods passes the packet filter of
 * the node, where Services and network policies are.
 */
const podNetwork = {
  cniVersion: '1.0.0',
  name: nodeName,
  plugins: [
    {
      type: 'ptp',
      ipam: {
        type: 'host-local',
        // Of the node's own /run: no address outlives the pods.
        dataDir: '/run/cni-addresses',
        ranges: [[{ subnet: addresses.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
};

/** @throws when the containerd of the PATH is none of 1.x: from 2.0 on it pulls images itself, and the node has no network. */
export async function requireContainerd(): Promise<void> {
  const said = (await run('containerd', ['--version'])).stdout.trim();
  if (!/ v?1\.\d/.test(said)) throw new Error(`The node needs containerd 1.6 or a later 1.x, and this is ${said}.`);
}

/** Has containerd's client work on the images of Kubernetes, which have a namespace of their own there. */
const onImages = ['--address', containerdSocket, '--namespace', 'k8s.io'];

async function ctr(...args: readonly string[]): Promise<string> {
  return (await run('ctr', [...onImages, ...args])).stdout.trim();
}

/** Runs containers. Images stay in the folder when the node ends. */
export function containerdComponent(): Component {
  const config = join(folder, 'containerd.toml');
  mkdirSync(cniFolder, { recursive: true });
  return {
    name: 'containerd',
    program: 'containerd',
    args: ['--config', config],
    files: { [config]: configuration(), [join(cniFolder, '10-ballast.conflist')]: JSON.stringify(podNetwork) },
    isReady: async () => (await ctr('--timeout=5s', 'version')) !== '',
  };
}

/** See https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md. */
function configuration(): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    'version = 2',
    `root = "${join(folder, 'containerd')}"`,
    'state = "/run/containerd"',
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = "${join(folder, 'containerd', 'opt')}"`,
    '[grpc]',
    `address = "${containerdSocket}"`,
    `[${cri}]`,
    `sandbox_image = "${pauseImage}"`,
    '# Without CAP_SYS_RESOURCE a process cannot be made less likely to be killed than this one.',
    'restrict_oom_score_adj = true',
    `[${cri}.cni]`,
    'bin_dir = "/usr/lib/cni"',
    `conf_dir = "${cniFolder}"`,
    '',
  ].join('\n');
}

/** Digests of the images that the node has, by name. */
export async function listImages(): Promise<ReadonlyMap<string, string>> {
  const [, ...lines] = (await ctr('images', 'list')).split('\n');
  return new Map(lines.map((line) => line.split(/\s+/)).map(([name = '', , digest = '']) => [name, digest]));
}

/** Gives the node the images of an archive, in Docker's form or OCI's. @throws when it is none. */
export async function importImages(archive: string): Promise<void> {
  await ctr('images', 'import', archive);
}

/**
 * Gives the node an image from its registry, which this machine reaches and the node does not.
 *
 * @throws with what ctr complained of.
 */
export async function pullImage(image: string): Promise<void> {
  // It draws a table to standard output, ten times a second.
  const pull = spawn('ctr', [...onImages, 'images', 'pull', image], { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(pull, 'close') as Promise<[number | null]>;
  const [[code], complaint] = await Promise.all([closed, text(pull.stderr)]);
  if (code !== 0) throw new Error(`ctr images pull ${image}: ${complaint.trim()}`);
}

/** The name by which a node looks for an image: without its tag where it has a digest too. */
export const storedName = (image: string): string => image.replace(/:[^:/@]*@/, '@');
