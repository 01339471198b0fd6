import { onPath } from '../commands/on-path.ts';
import { foundOrInstalled } from './apt.ts';

/**
 * Path of redis-server: the one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @throws when there is none, saying what to install.
 */
export function redisServer(): Promise<string> {
  return foundOrInstalled(
    () => onPath('redis-server'),
    ['redis-server'],
    'redis-server 6 or newer is needed: install it (on Debian: apt install redis-server).',
  );
}
