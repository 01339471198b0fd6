import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { BackupError } from './backup-error.ts';
import { exactly, type BackupStore } from './backup-store.ts';

/** What a file is called until it is whole. */
const unfinished = '.unfinished';

/** Backups in a folder: a volume of their own. */
export class FolderStore implements BackupStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
    const path = join(this.#folder, key);
    const draft = path + unfinished;
    try {
      await failAs(key, 'could not be written', () => mkdir(dirname(path), { recursive: true }));
      await write(key, draft, exactly(content, bytes, key));
      await failAs(key, 'could not be written', () => rename(draft, path));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async *get(key: string): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(join(this.#folder, key));
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      throw new BackupError(`${key} could not be read: ${codeOf(error)}`, { cause: error });
    }
  }

  async list(folder: string): Promise<string[]> {
    return (await this.#files(folder)).filter((key) => !key.endsWith(unfinished));
  }

  async unfinished(folder: string): Promise<string[]> {
    return (await this.#files(folder)).filter((key) => key.endsWith(unfinished));
  }

  async #files(folder: string): Promise<string[]> {
    const path = join(this.#folder, folder);
    const entries = await failAs(folder, 'could not be listed', async () => {
      await mkdir(path, { recursive: true });
      return readdir(path, { recursive: true, withFileTypes: true });
    });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
      .sort();
  }

  async remove(key: string): Promise<void> {
    const path = join(this.#folder, key);
    await failAs(key, 'could not be removed', () => rm(path, { force: true }));
    for (let folder = dirname(path); folder.length > this.#folder.length; folder = dirname(folder)) {
      if (!(await isRemoved(folder))) return;
    }
  }
}

/** Writes to the disk itself, so that a manifest never is there without what it tells of. */
async function write(key: string, path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await failAs(key, 'could not be written', () => open(path, 'w'));
  try {
    for await (const piece of content) {
      await failAs(key, 'could not be written', () => file.writeFile(piece));
    }
    await failAs(key, 'could not be written', () => file.sync());
  } finally {
    await file.close();
  }
}

/** Removes a folder, unless something is in it. */
function isRemoved(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

async function failAs<T>(key: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BackupError(`${key} ${what}: ${codeOf(error)}`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
