import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path';
import { baseImage, baseImageContent, importBaseImage } from '../base-image.ts';
import { docker, startDocker } from '../docker.ts';
import { dockerBuild } from '../docker-build.ts';
import { fingerprint } from '../fingerprint.ts';
import { imageArchive, imageName } from '../image-name.ts';
import { isMade, madeOnce } from '../made-once.ts';
import type { Recipe } from './recipe.ts';

const root = resolve(import.meta.dirname, '../..');

/** The API by its Dockerfile, from this checkout, on a base made by {@link importBaseImage}. */
export const apiImage: Recipe = {
  kind: 'own',
  what: 'the API of this checkout, by its Dockerfile',
  make: async (name) => {
    const content = fingerprint([sourceHash(), baseImageContent(baseImage())]);
    const archive = imageArchive(name, content);
    return madeOnce(archive, 'Another process builds the image of the API; waiting for it.', () =>
      build(name, archive, content),
    );
  },
};

/** Under another tag an image of the same content gets but another name. */
async function build(name: string, archive: string, content: string): Promise<void> {
  const other = tagOfSame(dirname(archive), content);
  const daemon = await startDocker();
  try {
    if (other === undefined) {
      console.error('Building the image of the API (about two minutes, once for each change of the service) ...');
      await importBaseImage(daemon);
      await dockerBuild(daemon, { tag: name, context: root });
    } else {
      const otherName = `${imageName(name).repository}:${other}`;
      await docker(daemon, 'load', '--input', imageArchive(otherName, content));
      await docker(daemon, 'tag', otherName, name);
    }
    await docker(daemon, 'save', '--output', archive, name);
  } finally {
    await daemon.stop();
  }
}

/** The tag of an archive of some content. */
function tagOfSame(folder: string, content: string): string | undefined {
  const end = `-${content}.tar`;
  const found = readdirSync(folder).find((file) => file.endsWith(end) && isMade(join(folder, file)));
  return found && basename(found, end);
}

/** Of everything that the Dockerfile can copy, and of itself. */
export function sourceHash(): string {
  const files = ['Dockerfile', ...sentFiles()];
  return fingerprint(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** Paths of the files that .dockerignore lets go to the builder: the last line that fits one, or a folder of it, decides. */
export function sentFiles(): string[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const isSent = (path: string) => {
    const folders = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    const fits = (line: string) => folders.some((folder) => matchesGlob(folder, line.replace('!', '')));
    return lines.findLast(fits)?.startsWith('!') ?? true;
  };
  const named = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  return named.flatMap(filesOf).filter(isSent).sort();
}

/** A file by itself, or those below a folder. */
function filesOf(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
}
