import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { writeProgram } from '../../test/write-program.ts';
import { pullImage, requireContainerd, storedName } from './container-runtime.ts';
import { ownCluster } from './own-cluster.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-containerd-'));
  vi.stubEnv('PATH', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('an image is pulled however much ctr prints meanwhile', async () => {
  writeProgram(folder, 'ctr', '/usr/bin/head -c 3000000 /dev/zero');
  await pullImage('docker.io/library/redis:7');
});

test('an image that cannot be pulled is an error with what ctr complains of', async () => {
  writeProgram(folder, 'ctr', 'echo "ctr: failed to resolve reference" >&2; exit 1');
  await expect(pullImage('docker.io/library/redis:7')).rejects.toThrow(
    'ctr images pull docker.io/library/redis:7: ctr: failed to resolve reference',
  );
});

test('what a program complains of is a sentence for whoever asked, with its command', async () => {
  writeProgram(folder, 'ctr', '[ "$6" != import ] || { echo "ctr: unrecognized image format" >&2; exit 1; }');
  expect(await failureOf(ownCluster.load('stack.tar'))).toMatch(
    /^Command failed: ctr .* images import stack\.tar\nctr: unrecognized image format$/,
  );
});

test.each([
  'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3',
  'containerd github.com/containerd/containerd v1.7.24 88bf19b2105c8b17560993bee28a01ddc2f97182',
])('the node takes %s', async (said) => {
  writeProgram(folder, 'containerd', `echo '${said}'`);
  await requireContainerd();
});

test('the node takes no containerd of 2.x', async () => {
  const said = 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376';
  writeProgram(folder, 'containerd', `echo '${said}'`);
  await expect(requireContainerd()).rejects.toThrow(
    `The node needs containerd 1.6 or a later 1.x, and this is ${said}.`,
  );
});

test.each([
  ['docker.io/library/redis:7', 'docker.io/library/redis:7'],
  ['docker.io/library/redis@sha256:ab', 'docker.io/library/redis@sha256:ab'],
  ['docker.io/library/redis:7.4@sha256:ab', 'docker.io/library/redis@sha256:ab'],
  ['registry.example.com:5000/redis@sha256:ab', 'registry.example.com:5000/redis@sha256:ab'],
])('a node looks for %s as %s', (image, stored) => {
  expect(storedName(image)).toBe(stored);
});
