import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeArchive, type ImageConfig } from '../cluster/image-archive.ts';
import { fingerprint } from '../fingerprint.ts';
import { imageArchive } from '../image-name.ts';
import { madeOnce } from '../made-once.ts';
import { debianRoot, rootOptions } from './debian-root.ts';
import { compileModules, compileOptions } from './python-modules.ts';
import { installOptions, installPackages, requirementsOf } from './python-packages.ts';
import { whatIsMade, type Recipe } from './recipe.ts';

/** An image of Debian's packages, and what else is put into it. */
export interface DebianImage extends Omit<Recipe, 'make'> {
  /** Without labels: they say what it is. */
  readonly config: Omit<ImageConfig, 'Labels'>;
  /** Release of Debian: `bookworm`. */
  readonly suite: string;
  /** Debian's packages. */
  readonly packages: readonly string[];
  /** Folder under tools/ whose requirements.txt pins Python packages; `packages` has `pythonPackages` then. By default none. */
  readonly python?: string;
  /** Files by their path in the image: the path of each here. By default none. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by their path in the image. By default none. */
  readonly links?: Readonly<Record<string, string>>;
  /** Sees to it that nothing is missing in a root with all that. By default nobody does. */
  readonly check?: (root: string) => Promise<void>;
}

/** The recipe that makes such an image. Another content is another archive. */
export function debianRecipe(image: DebianImage): Recipe {
  const { kind, what, release } = image;
  return {
    kind,
    what,
    release,
    make: async (name) => {
      const description = whatIsMade(image, name);
      const archive = imageArchive(name, contentOf(image, name));
      return madeOnce(archive, `Another process makes ${name}; waiting for it.`, async () => {
        console.error(`Making ${name} (once): ${description} ...`);
        const config = { ...image.config, Labels: { 'org.opencontainers.image.description': description } };
        await writeArchive(archive, { name, config, fill: (root) => fill(root, image) });
      });
    },
  };
}

function contentOf({ files = {}, python, ...image }: DebianImage, name: string): string {
  const texts = Object.entries(files).map(([path, source]) => [path, readFileSync(source, 'utf8')]);
  const requirements = python === undefined ? '' : requirementsOf(python);
  const ways = [process.arch, rootOptions, installOptions, compileOptions];
  return fingerprint([name, ways, image, texts, requirements]);
}

async function fill(
  root: string,
  { suite, packages, python, files = {}, links = {}, check }: DebianImage,
): Promise<void> {
  await debianRoot(root, suite, packages);
  if (python !== undefined) await installPackages(root, requirementsOf(python));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(source, join(root, path));
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  await check?.(root);
  if (packages.includes('python3')) await compileModules(root);
}
