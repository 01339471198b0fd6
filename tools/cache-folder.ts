import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where tools are kept between runs: `$XDG_CACHE_HOME/ballast`, or `~/.cache/ballast`. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ballast');
}
