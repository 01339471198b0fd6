import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onPath } from '../commands/on-path.ts';
import { foundOrInstalled } from './apt.ts';

/** Options that leave out what nobody reads in an image. */
export const withoutDocumentation: readonly string[] = ['man', 'doc', 'locale'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);

/**
 * Makes a Debian system by mmdebstrap: the one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @param what the system's name in the error: `the base image`.
 * @throws when there is no mmdebstrap, or it fails; its messages are on standard error.
 */
export async function mmdebstrap(what: string, args: readonly string[]): Promise<void> {
  const program = await foundOrInstalled(
    () => onPath('mmdebstrap'),
    // An older keyring has no keys of the newest Debian.
    ['mmdebstrap', 'debian-archive-keyring'],
    'mmdebstrap is needed: install it (on Debian: apt install mmdebstrap debian-archive-keyring).',
  );
  const child = spawn(program, args, { stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`mmdebstrap could not make ${what}; its messages are above`);
}
