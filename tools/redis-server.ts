import { onPath } from '../commands/on-path.ts';
import { aptInstall, canInstall } from './apt.ts';

/**
 * Path of redis-server: the one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @throws when there is none, saying what to install.
 */
export async function redisServer(): Promise<string> {
  const found = onPath('redis-server');
  if (found !== undefined) return found;
  if (canInstall()) await aptInstall('redis-server');
  const installed = onPath('redis-server');
  if (installed !== undefined) return installed;
  throw new Error('The tests need redis-server 6 or newer: install it (on Debian: apt install redis-server).');
}
