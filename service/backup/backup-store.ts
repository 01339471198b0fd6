import { BackupError } from './backup-error.ts';

/**
 * Where backups are kept: files by key, such as `qdrant/2026-11-20T03-00-00Z/manifest.json`. Keys are made of
 * `A-Z a-z 0-9 _ . ~ -` and `/`.
 *
 * Methods throw a `BackupError` that names the key.
 */
export interface BackupStore {
  /**
   * Stores a file whole or not at all, in place of the one that is there.
   *
   * @param bytes length of the content; with another one it fails.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, bytes: number): Promise<void>;
  /** The content. Fails while it is read when the file is not there. */
  get(key: string): AsyncIterable<Uint8Array>;
  /** Every key that begins with a folder's name and `/`, in order. */
  list(folder: string): Promise<string[]>;
  /** What `list` leaves out: files that were never finished, such as by a run that was ended from outside. For `remove`. */
  unfinished(folder: string): Promise<string[]>;
  /** Removes a file; fine when there is none. */
  remove(key: string): Promise<void>;
}

/**
 * The content for a store's `put`.
 *
 * @param key what the sentence names.
 * @throws {BackupError} at its end, when it was not of the length that was announced.
 */
export async function* exactly(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  key: string,
): AsyncGenerator<Uint8Array> {
  let came = 0;
  for await (const piece of content) {
    came += piece.length;
    yield piece;
  }
  if (came !== bytes) throw new BackupError(`${key}: ${came} bytes came, ${bytes} were announced`);
}

/** Stores a small text. */
export function putText(store: BackupStore, key: string, text: string): Promise<void> {
  const content = Buffer.from(text);
  return store.put(key, once(content), content.length);
}

/** Reads a small text. */
export async function getText(store: BackupStore, key: string): Promise<string> {
  return Buffer.concat(await Array.fromAsync(store.get(key))).toString('utf8');
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
