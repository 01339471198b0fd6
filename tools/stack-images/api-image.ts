import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { withLock } from '../../commands/lock.js';
import { importBaseImage } from '../base-image.ts';
import { cacheFolder } from '../cache-folder.ts';
import { docker, startDocker } from '../docker.ts';
import { dockerBuild } from '../docker-build.ts';
import type { Recipe } from './recipe.ts';

const root = resolve(import.meta.dirname, '../..');

/** The API by its Dockerfile, from this checkout, on a base made by {@link importBaseImage}. */
export const apiImage: Recipe = {
  kind: 'own',
  what: 'the API of this checkout, by its Dockerfile',
  make: async (name) => {
    const archive = join(cacheFolder(), 'images', `ballast-api-${sourceHash()}.tar`);
    if (existsSync(archive)) return archive;
    mkdirSync(dirname(archive), { recursive: true });
    await withLock(`${archive}.lock`, 'Another process builds the image of the API; waiting for it.', async () => {
      if (!existsSync(archive)) await build(name, archive);
    });
    return archive;
  },
};

async function build(name: string, archive: string): Promise<void> {
  console.error('Building the image of the API (about two minutes, once for each change of the service) ...');
  const unfinished = `${archive}.${process.pid}`;
  const daemon = await startDocker();
  try {
    await importBaseImage(daemon);
    await dockerBuild(daemon, { tag: name, context: root });
    await docker(daemon, 'save', '--output', unfinished, name);
    renameSync(unfinished, archive);
  } finally {
    rmSync(unfinished, { force: true });
    await daemon.stop();
  }
}

/** Of everything that the Dockerfile copies, and of itself. */
export function sourceHash(): string {
  const service = readdirSync(join(root, 'service'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = ['.dockerignore', 'Dockerfile', 'package.json', 'package-lock.json'].map((file) => join(root, file));
  const hash = createHash('sha256');
  for (const path of [...files, ...service].sort()) {
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
