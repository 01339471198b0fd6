import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../../commands/lock.js';
import { cacheFolder } from '../cache-folder.ts';
import { ensureArchive, type ImageConfig } from '../cluster/image-archive.ts';
import { debian, debianRoot } from './debian-root.ts';
import { compileModules, installPackages, requirementsOf } from './python-packages.ts';
import type { Recipe } from './recipe.ts';

/** An image of Debian's packages, and what else is put into it. */
export interface DebianImage {
  readonly kind: Recipe['kind'];
  /** What it is and where it comes from; the image's description. */
  readonly what: string;
  readonly config: Omit<ImageConfig, 'Labels'>;
  /** Debian's packages. */
  readonly packages: readonly string[];
  /** Folder under tools/ whose requirements.txt pins Python packages; `packages` has `pythonPackages` then. By default none. */
  readonly python?: string;
  /** Files by their path in the image: the path of each here. By default none. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by their path in the image. By default none. */
  readonly links?: Readonly<Record<string, string>>;
}

/** The recipe that makes such an image. Another content is another archive. */
export function debianRecipe(image: DebianImage): Recipe {
  const { kind, what } = image;
  return {
    kind,
    what,
    make: async (name) => {
      const file = `${name.replace(':', '-')}-${fingerprint(image)}.tar`;
      const archive = join(cacheFolder(), 'images', file);
      if (existsSync(archive)) return archive;
      mkdirSync(dirname(archive), { recursive: true });
      await withLock(`${archive}.lock`, `Another process makes ${name}; waiting for it.`, async () => {
        if (existsSync(archive)) return;
        console.error(`Making ${name} (once): ${what} ...`);
        const config = { ...image.config, Labels: { 'org.opencontainers.image.description': what } };
        await ensureArchive(archive, { name, config, fill: (root) => fill(root, image) });
      });
      return archive;
    },
  };
}

function fingerprint(image: DebianImage): string {
  const texts = Object.values(image.files ?? {}).map((path) => readFileSync(path, 'utf8'));
  const requirements = image.python === undefined ? '' : requirementsOf(image.python);
  const content = JSON.stringify([debian, image.what, image.config, image.packages, requirements, texts, image.links]);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

async function fill(root: string, { packages, python, files = {}, links = {} }: DebianImage): Promise<void> {
  await debianRoot(root, packages);
  if (python !== undefined) await installPackages(root, requirementsOf(python));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(source, join(root, path));
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  if (packages.includes('python3')) await compileModules(root);
}
