import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ended } from './processes.ts';

/** Mounts a disk until its standard input ends, which it also does when who started it is gone, however it ended. */
const script = `trap '' INT TERM
mount -t tmpfs -o "size=$1" tmpfs "$2" || exit
echo mounted
read -r _
umount "$2" || umount -l "$2"`;

/**
 * A disk that is small enough to fill; it goes when the test ends, or is interrupted.
 *
 * @param size Such as `2m`.
 * @returns the folder that it is mounted at.
 * @throws when this process may not mount: only root may.
 */
export async function smallDisk(size: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-full-'));
  const holder = spawn('sh', ['-c', script, 'sh', size, folder], { stdio: 'pipe' });
  const end = ended(holder);
  let mounted = false;
  onTestFinished(async () => {
    holder.stdin.end();
    const { code, stderr } = await end;
    if (code !== 0 && mounted) throw new Error(`the small disk is still mounted: ${stderr}`);
    rmSync(folder, { recursive: true });
  });
  mounted = await Promise.race([once(holder.stdout, 'data').then(() => true), end.then(() => false)]);
  if (!mounted) {
    const { stderr } = await end;
    throw new Error(`this test mounts a small disk, which only root may: run it as root. ${stderr}`);
  }
  return folder;
}
