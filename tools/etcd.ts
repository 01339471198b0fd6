import { onPath } from '../commands/on-path.ts';
import { aptInstall, canInstall } from './apt.ts';

/**
 * Path of etcd: the one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @throws when there is none, saying what to install.
 */
export async function etcd(): Promise<string> {
  const found = onPath('etcd');
  if (found !== undefined) return found;
  if (canInstall()) await aptInstall('etcd-server');
  const installed = onPath('etcd');
  if (installed !== undefined) return installed;
  throw new Error('The tests need etcd 3.4 or newer: install it (on Debian: apt install etcd-server).');
}
