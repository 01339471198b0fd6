import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Component } from './components.ts';
import { addresses, folder, nodeName } from './layout.ts';
import type { ArchivedImage } from './program-image.ts';

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

/** Runs containerd's client on the images of Kubernetes, which have a namespace of their own there. */
async function ctr(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', ...args]);
  return stdout.trim();
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
    isReady: async () => (await ctr('version')) !== '',
  };
}

/** See https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md. */
function configuration(): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    'version = 2',
    `root = "${join(folder, 'containerd')}"`,
    'state = "/run/containerd"',
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

/** Names of the images that the node has. */
export async function listImages(): Promise<ReadonlySet<string>> {
  return new Set((await ctr('images', 'list', '--quiet')).split('\n'));
}

/** Gives the node images that it does not have, from their archives. @throws when one is not an archive of an image. */
export async function ensureImages(images: readonly ArchivedImage[]): Promise<void> {
  const present = await listImages();
  for (const { name, archive } of images) {
    if (!present.has(name)) await importImages(archive);
  }
}

/** Gives the node the images of an archive, in Docker's form or OCI's. @throws when it is none. */
export async function importImages(archive: string): Promise<void> {
  await ctr('images', 'import', archive);
}

/** Gives the node an image from its registry, which this machine reaches and the node does not. @throws as ctr does. */
export async function pullImage(image: string): Promise<void> {
  await ctr('images', 'pull', image);
}
