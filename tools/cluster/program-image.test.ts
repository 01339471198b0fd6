import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { programImage } from './program-image.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-program-image-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** The archive of an image whose program is at a path. */
async function archiveOf(version: string): Promise<string> {
  const program = join(folder, version, 'program');
  mkdirSync(join(folder, version), { recursive: true });
  writeFileSync(program, `program of ${version}`);
  return (await programImage({ name: 'example.com/program:1', program, path: '/bin/program' })).archive;
}

const programIn = (archive: string) => {
  const layer = execFileSync('tar', ['-xOf', archive, 'layer.tar']);
  return execFileSync('tar', ['-xO', './bin/program'], { input: layer, encoding: 'utf8' });
};

test('an image is made once for a program, and anew for another one of the same name', async () => {
  const archive = await archiveOf('v1');
  expect(await archiveOf('v1')).toBe(archive);
  const other = await archiveOf('v2');
  expect([programIn(archive), programIn(other)]).toEqual(['program of v1', 'program of v2']);
});
