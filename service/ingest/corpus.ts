import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { sharedTenant, TooManyPassagesError, type DocumentStore } from '../upstreams/document-store.ts';
import type { DocumentFormat } from '../chunking/chunker.ts';
import { filesBelow } from './files.ts';

/** The corpus folder cannot be read; the message names it and says why. */
export class CorpusError extends Error {
  override readonly name = 'CorpusError';
}

/** What reading the corpus changed. */
export interface CorpusReport {
  readonly documents: number;
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly removed: number;
}

const formats: Readonly<Record<string, DocumentFormat>> = { md: 'markdown', markdown: 'markdown', txt: 'text' };

/** How a file is read, by its extension; `undefined` when it is neither Markdown nor text. */
export function formatOf(path: string): DocumentFormat | undefined {
  return formats[extname(path).slice(1).toLowerCase()];
}

/**
 * Makes the shared documents those of the folder: stores what is new or changed, removes what is gone. A document's ID
 * is its path from the folder's parent: `docs/handbook/operation.md` for the folder `docs`. Without a folder there are no
 * shared documents.
 *
 * @throws {CorpusError} when the folder or a file in it cannot be read; what was stored before stays.
 */
export async function syncCorpus(folder: string | undefined, store: DocumentStore): Promise<CorpusReport> {
  try {
    return await sync(folder === undefined ? undefined : resolve(folder), store);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    throw new CorpusError(`CORPUS_DIR ${folder} cannot be read (${String(error.code)}): it must be a folder`, {
      cause: error,
    });
  }
}

async function sync(root: string | undefined, store: DocumentStore): Promise<CorpusReport> {
  const files = root === undefined ? [] : await filesBelow(root);
  const counts = { created: 0, replaced: 0, unchanged: 0 };
  const ids = new Set<string>();
  for (const { path, id } of files) {
    const format = formatOf(path);
    if (format === undefined) continue;
    ids.add(id);
    const document = { id, text: await readFile(path, 'utf8'), format };
    const { status } = await store.put(sharedTenant, document).catch((error: unknown) => {
      if (error instanceof TooManyPassagesError) throw new CorpusError(`${path} cannot be stored: ${error.message}`);
      throw error;
    });
    counts[status] += 1;
  }
  const removed = await removeOthers(ids, store);
  return { documents: ids.size, ...counts, removed };
}

async function removeOthers(ids: ReadonlySet<string>, store: DocumentStore): Promise<number> {
  const pageSize = 1000;
  let removed = 0;
  let after: string | undefined;
  for (;;) {
    const page = await store.list(sharedTenant, pageSize, after);
    for (const { id } of page) {
      if (!ids.has(id) && (await store.remove(sharedTenant, id))) removed += 1;
    }
    if (page.length < pageSize) return removed;
    after = page.at(-1)?.id;
  }
}
