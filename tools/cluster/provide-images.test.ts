import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeProgram } from '../../test/write-program.ts';
import type { Recipe } from '../stack-images/recipe.ts';
import { recipeOf } from '../stack-images/stack-images.ts';
import { providedImages } from './image-records.ts';
import { folder } from './layout.ts';
import { ensureImages, loadImages, provideImages } from './provide-images.ts';

vi.mock('./layout.ts', async (original) => ({
  ...(await original<object>()),
  folder: mkdtempSync(join(tmpdir(), 'ballast-provide-images-')),
}));
vi.mock(import('../stack-images/stack-images.ts'), () => ({ recipeOf: vi.fn() }));

/** A stand-in for ctr, for which the last line of an image counts. In place of an archive is a file of its name and digest. */
const ctr = `cd '${folder}'; shift 4
case "$*" in
'images list') echo 'REF TYPE DIGEST SIZE PLATFORMS LABELS'; /bin/cat images 2>/dev/null || true ;;
'images import '*) read -r name digest <"$3"; echo "import $3" >>calls
  echo "$name application/vnd.oci.image.manifest.v1+json $digest 1.2 MiB linux/amd64 -" >>images ;;
'images pull '*) echo "pull $3" >>calls ;;
*) exit 1 ;;
esac`;

/** Where archives and what ctr knows are. */
const file = (name: string) => join(folder, name);

const calls = () => readFileSync(file('calls'), 'utf8').trim().split('\n');

/** Writes an archive, and gives its path. */
function archive(name: string, image: string, digest: string): string {
  writeFileSync(file(name), `${image} ${digest}\n`);
  return file(name);
}

const makes = (kind: Recipe['kind'], made: string) => {
  const recipe = { kind, what: 'Made here', make: vi.fn(() => Promise.resolve(made)) };
  vi.mocked(recipeOf).mockReturnValue(recipe);
  return recipe;
};

const image = 'docker.io/example/engine:1';
const provide = (name = image) => provideImages([name], () => undefined);

beforeEach(() => {
  writeProgram(folder, 'ctr', ctr);
  writeFileSync(file('calls'), '');
  vi.stubEnv('PATH', folder);
  vi.mocked(recipeOf).mockReturnValue(undefined);
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('there is no network'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const name of ['images', 'images.json']) rmSync(file(name), { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an image that nobody can make', () => {
  test('is taken from an archive that somebody loads, as its error says', async () => {
    await expect(provide()).rejects.toThrow(/engine:1 is not had here: .* npm run cluster -- load ARCHIVE$/);
    await loadImages(archive('brought.tar', image, 'sha256:1'));
    expect(await provide()).toEqual([image]);
    expect(providedImages()[image]).toEqual({ source: 'loaded', kind: 'real', what: 'loaded from an archive' });
    expect(await provide()).toEqual([]);
  });

  test('is not made under a name with a digest, and is looked for without its tag', async () => {
    const recipe = makes('own', 'made.tar');
    const digest = `sha256:${'a'.repeat(64)}`;
    await expect(provide(`${image}@${digest}`)).rejects.toThrow('is not had here');
    expect(recipe.make).not.toHaveBeenCalled();
    await loadImages(archive('brought.tar', `docker.io/example/engine@${digest}`, digest));
    expect(await provide(`${image}@${digest}`)).toEqual([`${image}@${digest}`]);
  });
});

describe('an image that is made here', () => {
  test('is given once for each archive', async () => {
    makes('stand-in', archive('made-1.tar', image, 'sha256:1'));
    expect([await provide(), await provide()]).toEqual([[image], []]);
    makes('stand-in', archive('made-2.tar', image, 'sha256:2'));
    expect([await provide(), await provide()]).toEqual([[image], []]);
    expect(calls()).toEqual([`import ${file('made-1.tar')}`, `import ${file('made-2.tar')}`]);
    expect(providedImages()[image]).toMatchObject({ kind: 'stand-in', what: 'Made here' });
  });

  test('is not made where somebody loaded it, and takes the place of nothing', async () => {
    const recipe = makes('stand-in', archive('made.tar', image, 'sha256:1'));
    await provide();
    await loadImages(archive('brought.tar', image, 'sha256:2'));
    recipe.make.mockClear();
    expect([await provide(), await provide()]).toEqual([[image], []]);
    expect(recipe.make).not.toHaveBeenCalled();
    expect(providedImages()[image]?.source).toBe('loaded');
  });

  test('is made of this checkout whatever somebody loaded', async () => {
    makes('own', archive('made.tar', image, 'sha256:1'));
    await loadImages(archive('brought.tar', image, 'sha256:2'));
    expect(await provide()).toEqual([image]);
    expect(calls()).toContain(`import ${file('made.tar')}`);
  });
});

test('several images are made two at a time, and none after one that cannot be made', async () => {
  let running = 0;
  let most = 0;
  const made: string[] = [];
  vi.mocked(recipeOf).mockImplementation((name) => ({
    kind: 'stand-in',
    what: 'Made here',
    make: async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      made.push(name);
      if (name === 'c/c:1') throw new Error('c is broken');
      return archive(`${name[0]}.tar`, name, 'sha256:1');
    },
  }));
  const names = ['a/a:1', 'b/b:1', 'c/c:1', 'd/d:1', 'e/e:1', 'f/f:1'];
  await expect(provideImages(names, () => undefined)).rejects.toThrow('c is broken');
  await vi.waitFor(() => expect(running).toBe(0));
  expect(made.sort()).toEqual(['a/a:1', 'b/b:1', 'c/c:1', 'd/d:1']);
  expect(most).toBe(2);
});

test('an image comes from its registry where that is reached, without its tag where it has a digest', async () => {
  const headers = { 'docker-distribution-api-version': 'registry/2.0' };
  vi.mocked(fetch).mockResolvedValue(new Response('', { status: 401, headers }));
  const name = 'registry.example.com/engine:1@sha256:ab';
  expect(await provide(name)).toEqual([name]);
  expect(calls()).toEqual(['pull registry.example.com/engine@sha256:ab']);
});

test('an image of the node itself is given anew when its archive is another one', async () => {
  const own = [{ name: image, archive: archive('own-1.tar', image, 'sha256:1') }];
  await ensureImages(own);
  await ensureImages(own);
  await ensureImages([{ name: image, archive: archive('own-2.tar', image, 'sha256:2') }]);
  expect(calls()).toEqual([`import ${file('own-1.tar')}`, `import ${file('own-2.tar')}`]);
});

test('an image of the node itself serves a stack that names it', async () => {
  await ensureImages([{ name: image, archive: archive('own.tar', image, 'sha256:1') }]);
  expect(await provide()).toEqual([]);
  expect(calls()).toEqual([`import ${file('own.tar')}`]);
});
