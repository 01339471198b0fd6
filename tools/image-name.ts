import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** What the whole name of an image consists of. */
export interface ImageName {
  /** With the registry: `docker.io/library/redis`. */
  readonly repository: string;
  /** `undefined` in a reference by digest alone. */
  readonly tag: string | undefined;
}

/** Takes apart the whole name of an image. Its digest is of no interest: nothing that is made here has it. */
export function imageName(name: string): ImageName {
  const [, repository = '', tag] = /^(.*?)(?::([^/:]*))?$/.exec(name.replace(/@.*/, '')) ?? [];
  return { repository, tag };
}

/** Where an image is kept as an archive, of one content. Only archives of the same repository are beside it. */
export function imageArchive(name: string, content: string): string {
  const { repository, tag = 'untagged' } = imageName(name);
  return join(cacheFolder(), 'images', repository, `${tag}-${content}.tar`);
}
