import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprint } from '../fingerprint.ts';
import { goTool, pinnedVersion, type GoTool } from '../go-tool.ts';
import { imageArchive } from '../image-name.ts';
import { madeOnce } from '../made-once.ts';
import { sha256, writeArchive, type ImageConfig } from './image-archive.ts';

/** An image, and the archive that holds it. */
export interface ArchivedImage {
  /** With registry and tag. */
  readonly name: string;
  readonly archive: string;
}

/** An image that holds nothing but one program. */
export interface ProgramImage {
  /** With registry and tag. */
  readonly name: string;
  /** Path of a program that needs no library. */
  readonly program: string;
  /** Its path in the image: `/coredns`. It is the entry point. */
  readonly path: string;
  /** Other paths of it in the image; by default none. */
  readonly links?: readonly string[];
  /** Beside the entry point. */
  readonly config?: Omit<ImageConfig, 'Entrypoint'>;
}

/** Makes an image of a program, once for what the program is, into the cache. */
export async function programImage({ name, program, path, links = [], config }: ProgramImage): Promise<ArchivedImage> {
  const content = fingerprint([name, await sha256(program), path, links, config]);
  const file = imageArchive(name, content);
  const archive = await madeOnce(file, `Another process makes ${name}; waiting for it.`, () =>
    writeArchive(file, {
      name,
      config: { ...config, Entrypoint: [path] },
      fill: (root) => {
        mkdirSync(join(root, 'tmp'));
        chmodSync(join(root, 'tmp'), 0o1777);
        mkdirSync(dirname(join(root, path)), { recursive: true });
        copyFileSync(program, join(root, path));
        chmodSync(join(root, path), 0o755);
        for (const link of links) symlinkSync(path, join(root, link));
      },
    }),
  );
  return { name, archive };
}

/**
 * Makes an image of a program that is built from a Go module.
 *
 * @param repository with registry, without tag, which is the module's version.
 */
export async function goImage(tool: GoTool, repository: string, path: string): Promise<ArchivedImage> {
  const program = await goTool(tool);
  return programImage({ name: `${repository}:${pinnedVersion(tool)}`, program, path });
}
