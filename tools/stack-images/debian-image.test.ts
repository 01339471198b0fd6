import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { debianRecipe, type DebianImage } from './debian-image.ts';

let folder: string;
const name = 'docker.io/library/redis:7.4.6';

/** With an mmdebstrap that makes no more of a system than a folder. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-debian-image-'));
  writeFileSync(join(folder, 'mmdebstrap'), `#!/bin/sh\nfor root; do :; done\nmkdir "$root/etc"\n`);
  chmodSync(join(folder, 'mmdebstrap'), 0o755);
  writeFileSync(join(folder, 'page'), 'a page');
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const image = (): DebianImage => ({
  kind: 'real',
  what: 'Redis 7.0',
  release: '7.0',
  suite: 'bookworm',
  packages: ['redis-server'],
  config: { Entrypoint: ['redis-server'] },
  files: { '/srv/page': join(folder, 'page') },
  links: { '/bin/redis': '/usr/bin/redis-server' },
});

describe('an image of packages of Debian', () => {
  test('says what it is in place of, and has its files and links', async () => {
    const archive = await debianRecipe(image()).make(name);
    const read = (file: string) => execFileSync('tar', ['-xOf', archive, file]);
    const { config } = JSON.parse(read('config.json').toString()) as { config: { Labels: object } };
    expect(config.Labels).toEqual({ 'org.opencontainers.image.description': 'Redis 7.0, in place of 7.4.6' });
    const listed = execFileSync('tar', ['-tv'], { input: read('layer.tar'), encoding: 'utf8' });
    expect(listed).toContain('./srv/page\n');
    expect(listed).toContain('./bin/redis -> /usr/bin/redis-server\n');
  });

  test('is made once, and anew where something of it changes', async () => {
    const first = await debianRecipe(image()).make(name);
    expect(await debianRecipe(image()).make(name)).toBe(first);
    const changed: Partial<DebianImage>[] = [
      { what: 'Redis' },
      { suite: 'trixie' },
      { packages: ['redis-server', 'dash'] },
      { config: { Entrypoint: ['redis-server'], WorkingDir: '/data' } },
      { files: { '/srv/other': join(folder, 'page') } },
      { links: { '/bin/redis': '/bin/other' } },
    ];
    const archives = [first];
    for (const change of changed) archives.push(await debianRecipe({ ...image(), ...change }).make(name));
    writeFileSync(join(folder, 'page'), 'another page');
    archives.push(await debianRecipe(image()).make(name), await debianRecipe(image()).make(`${name}-alpine`));
    expect(new Set(archives).size).toBe(archives.length);
  });

  test('is the same for another clone of the repository', async () => {
    const first = await debianRecipe(image()).make(name);
    writeFileSync(join(folder, 'same'), 'a page');
    const clone = { ...image(), files: { '/srv/page': join(folder, 'same') } };
    expect(await debianRecipe(clone).make(name)).toBe(first);
  });

  test('is not made where something is missing in it', async () => {
    const check = () => Promise.reject(new Error('No module named numpy'));
    await expect(debianRecipe({ ...image(), check }).make(name)).rejects.toThrow('No module named numpy');
  });
});
