import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mmdebstrap, withoutDocumentation } from '../mmdebstrap.ts';

/** The Debian that programs are from: the last one that has Redis 7. */
export const programSuite = 'bookworm';

/**
 * The Debian that Python is from, and which Python. bookworm's, 3.11.2, ends with a segmentation fault when garbage is collected
 * while a context variable is set and a finalizer sets another: LiteLLM did so now and then under load. 3.11.7 does not.
 */
export const pythonDebian = { suite: 'trixie', python: '3.13.5' } as const;

/** For programs that ask for the name of their user, or for nobody's. */
const users = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin'];
const groups = ['root:x:0:', 'nogroup:x:65534:'];

/** How a root is made, whatever is in it; see mmdebstrap(1). */
export const rootOptions: readonly string[] = [
  ...['--quiet', '--mode=root', '--variant=extract', '--skip=output/dev'],
  ...withoutDocumentation,
];

/**
 * Puts packages of Debian into an empty folder with all that they need, as they were packed: their scripts do not run, and
 * no services, users or caches are set up.
 *
 * @throws when this is not root, or mmdebstrap fails.
 */
export async function debianRoot(root: string, suite: string, packages: readonly string[]): Promise<void> {
  const include = `--include=${['base-files', ...packages].join(',')}`;
  await mmdebstrap('an image', [...rootOptions, include, suite, root]);
  // mmdebstrap leaves this machine's.
  for (const file of ['hostname', 'resolv.conf']) rmSync(join(root, 'etc', file), { force: true });
  writeFileSync(join(root, 'etc', 'passwd'), `${users.join('\n')}\n`);
  writeFileSync(join(root, 'etc', 'group'), `${groups.join('\n')}\n`);
}
