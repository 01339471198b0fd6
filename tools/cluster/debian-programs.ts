import { existsSync } from 'node:fs';
import { onPath } from '../../commands/on-path.ts';
import { foundOrInstalled } from '../apt.ts';
import { needsNoLibrary } from './static-program.ts';

/**
 * Debian's packages that the node runs on, by a file of each: a program's name, or a path. The package busybox has the same
 * file as busybox-static, for which apt removes it.
 */
const packages: Readonly<Record<string, string>> = {
  'busybox-static': '/bin/busybox',
  catatonit: 'catatonit',
  containerd: 'containerd',
  'containernetworking-plugins': '/usr/lib/cni/ptp',
  'etcd-server': 'etcd',
  iproute2: 'ip',
  nftables: 'nft',
  procps: 'sysctl',
  runc: 'runc',
  'util-linux': 'nsenter',
};

/**
 * Sees to it that everything is there that the node takes from Debian: what is missing is installed by apt as root on
 * Debian.
 *
 * @throws when something is missing, saying what and how to install it.
 */
export async function ensureDebianPrograms(): Promise<void> {
  const names = missing();
  await foundOrInstalled(
    () => (missing().length === 0 ? true : undefined),
    names,
    `The node needs ${names.join(', ')}: install what is missing (on Debian: apt install ${names.join(' ')}).`,
  );
}

function missing(): string[] {
  return Object.entries(packages)
    .filter(([name, file]) => !isThere(file) || (name === 'busybox-static' && !needsNoLibrary(file)))
    .map(([name]) => name);
}

const isThere = (file: string) => (file.startsWith('/') ? existsSync(file) : onPath(file) !== undefined);
