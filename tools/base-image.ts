import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { onPath } from '../commands/on-path.ts';
import { cacheFolder } from './cache-folder.ts';
import { docker, type DockerAddress } from './docker.ts';
import { fingerprint } from './fingerprint.ts';
import { madeOnce } from './made-once.ts';
import { mmdebstrap, withoutDocumentation } from './mmdebstrap.ts';

const root = resolve(import.meta.dirname, '..');

/** The image that the Dockerfile builds on: its tag, and what the tag says. */
export interface BaseImage {
  /** `node:24.21.0-bookworm-slim`. */
  readonly tag: string;
  readonly nodeVersion: string;
  /** Debian's release: `bookworm`. */
  readonly suite: string;
}

/**
 * The base that the Dockerfile names by default.
 *
 * @throws when it names none of the form `node:VERSION-SUITE-slim`.
 */
export function baseImage(): BaseImage {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const [, tag, nodeVersion, suite] = /^ARG BASE=(node:([\d.]+)-([a-z]+)-slim)$/m.exec(dockerfile) ?? [];
  if (tag === undefined || nodeVersion === undefined || suite === undefined)
    throw new Error('the Dockerfile has no line `ARG BASE=node:VERSION-SUITE-slim`');
  return { tag, nodeVersion, suite };
}

/**
 * Gives a daemon the image that the Dockerfile builds on, under the very tag that it names there, without a registry of
 * images.
 *
 * It is a stand-in for the official image of Node, made of the same parts: Debian's smallest system of that release, the
 * Node that package-lock.json locks for this machine (on x64 the same release; a test sees to it), npm, and a user `node`
 * with ID 1000. Made by mmdebstrap in about a minute, once, into the cache.
 *
 * @throws when there is no mmdebstrap, or it fails.
 */
export async function importBaseImage(address: DockerAddress): Promise<void> {
  const base = baseImage();
  const archive = await rootFileSystem(base);
  const settings = [`ENV NODE_VERSION=${base.nodeVersion}`, 'CMD ["node"]'].flatMap((change) => ['--change', change]);
  await docker(address, 'import', ...settings, archive, base.tag);
}

/** Path of the image's one layer, as a tar archive. */
async function rootFileSystem(base: BaseImage): Promise<string> {
  const file = `${base.tag.replace(':', '-')}-${baseImageContent(base)}.tar`;
  const archive = join(cacheFolder(), 'base-image', file);
  return madeOnce(archive, 'Another process makes the base image; waiting for it.', async () => {
    console.error('Making the base image by mmdebstrap (about a minute, once) ...');
    const node = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
    await mmdebstrap('the base image', [...options(node, npmFolder()), base.suite, archive]);
  });
}

/** Tells apart images made here: another npm, and another way to make it, make another; another clone does not. */
export function baseImageContent({ tag }: BaseImage): string {
  const { version } = JSON.parse(readFileSync(join(npmFolder(), 'package.json'), 'utf8')) as { version: string };
  return fingerprint([tag, process.arch, version, options('node', 'npm')]);
}

/** What becomes of Debian's smallest system. In hooks, `$1` is the new root; see mmdebstrap(1). */
function options(node: string, npm: string): string[] {
  const hooks = [
    'chroot "$1" useradd --uid 1000 --user-group --create-home --shell /bin/bash node',
    `upload '${node}' /usr/local/bin/node`,
    'chmod 755 "$1/usr/local/bin/node"',
    'mkdir -p "$1/usr/local/lib/node_modules"',
    `copy-in '${npm}' /usr/local/lib/node_modules`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
  ];
  return ['--quiet', '--variant=minbase', ...withoutDocumentation, ...hooks.map((hook) => `--customize-hook=${hook}`)];
}

/** The npm that runs this, or else the one on the PATH: it brings all that it needs in its folder. */
function npmFolder(): string {
  const cli = process.env['npm_execpath'] ?? onPath('npm');
  if (cli === undefined) throw new Error('There is no npm on the PATH, and the base image needs one.');
  return resolve(dirname(realpathSync(cli)), '..');
}
