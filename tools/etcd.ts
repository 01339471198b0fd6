import { onPath } from '../commands/on-path.ts';
import { foundOrInstalled } from './apt.ts';

/**
 * Path of etcd: the one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @throws when there is none, saying what to install.
 */
export function etcd(): Promise<string> {
  return foundOrInstalled(
    () => onPath('etcd'),
    ['etcd-server'],
    'etcd 3.4 or newer is needed: install it (on Debian: apt install etcd-server).',
  );
}
