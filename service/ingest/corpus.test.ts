import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTestApp } from '../testing.ts';
import { sharedTenant } from '../upstreams/document-store.ts';
import { openDatabase } from '../upstreams/embedded/database.ts';
import { FtsDocumentStore } from '../upstreams/embedded/fts-store.ts';
import { CorpusError, formatOf, syncCorpus } from './corpus.ts';
import type { Logger } from '../telemetry/logger.ts';

const noLog = undefined as unknown as Logger;

let folder: string;
let store: FtsDocumentStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-corpus-'));
  const { database } = openDatabase(undefined, noLog);
  expect(database).toBeInstanceOf(DatabaseSync);
  store = new FtsDocumentStore(database);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const ids = async () => (await store.list('anyone', 1000)).map(({ id }) => id);

describe('the corpus', () => {
  it('is stored for everyone, with paths from the folder’s parent as IDs', async () => {
    write('index.md', '# Index\n\nText.');
    write('deep/er/page.markdown', 'Text.');
    write('notes.TXT', 'Text.');
    write('picture.png', 'Text.');
    write('folder.md/picture.png', 'Text.');
    write('md', 'Text.');

    const report = await syncCorpus(folder, store);
    expect(report).toEqual({ documents: 3, created: 3, replaced: 0, unchanged: 0, removed: 0 });
    const name = basename(folder);
    expect(await ids()).toEqual([`${name}/deep/er/page.markdown`, `${name}/index.md`, `${name}/notes.TXT`]);
    for (const { shared } of await store.list('anyone', 10)) expect(shared).toBe(true);
  });

  it('is left alone when nothing changed', async () => {
    write('a.md', 'Text.');
    await syncCorpus(`${folder}/`, store);
    const version = await store.version('anyone');

    expect(await syncCorpus(folder, store)).toMatchObject({ documents: 1, unchanged: 1, created: 0 });
    expect(await store.version('anyone')).toBe(version);
  });

  it('follows what is created, changed and removed', async () => {
    for (const path of ['a.md', 'b.md', 'c.md']) write(path, `Text of ${path}`);
    await syncCorpus(folder, store);
    const version = await store.version('anyone');
    write('b.md', 'Another text');
    write('d.md', 'New');
    rmSync(join(folder, 'a.md'));

    expect(await syncCorpus(folder, store)).toEqual({
      documents: 3,
      created: 1,
      replaced: 1,
      unchanged: 1,
      removed: 1,
    });
    expect(await ids()).toEqual(['b.md', 'c.md', 'd.md'].map((path) => `${basename(folder)}/${path}`));
    expect(await store.version('anyone')).not.toBe(version);
  });

  it('never touches a tenant’s documents', async () => {
    await store.put('acme', { id: 'mine', text: 'Mine.', format: 'text' });
    await syncCorpus(folder, store);
    expect(await store.has('acme', 'mine')).toBe(true);
    expect(await store.has(sharedTenant, 'mine')).toBe(false);
  });

  it('removes more than one page of documents', async () => {
    for (let i = 0; i < 1_500; i += 1) {
      await store.put(sharedTenant, { id: `old-${i}`, text: 'Old.', format: 'text' });
    }
    write('new.md', 'New.');
    expect(await syncCorpus(folder, store)).toMatchObject({ created: 1, removed: 1_500 });
    expect(await ids()).toEqual([`${basename(folder)}/new.md`]);
  });

  it('that is not there is an error, and removes nothing', async () => {
    await store.put(sharedTenant, { id: 'old', text: 'Old.', format: 'text' });
    await expect(syncCorpus(join(folder, 'missing'), store)).rejects.toThrow('ENOENT');
    expect(await ids()).toEqual(['old']);
  });

  it('that is a file is an error that says so', async () => {
    write('file.md', 'Text.');
    const path = join(folder, 'file.md');
    await expect(syncCorpus(path, store)).rejects.toThrow(
      new CorpusError(`CORPUS_DIR ${path} cannot be read (ENOTDIR): it must be a folder`),
    );
  });

  it('that is no longer configured is shared no longer', async () => {
    write('a.md', 'Text.');
    await syncCorpus(folder, store);
    expect(await syncCorpus(undefined, store)).toMatchObject({ documents: 0, removed: 1 });
    expect(await ids()).toEqual([]);
  });

  it('is read at the start of the service', async () => {
    write('a.md', '# Tides\n\nThe moon pulls the tides.');
    const { as, log } = await buildTestApp({ env: { CORPUS_DIR: folder } });
    expect((await as('acme').ask('What pulls the tides?')).answer).toContain('The moon pulls the tides.');
    expect(log()).toContainEqual(expect.objectContaining({ msg: 'corpus read', documents: 1, created: 1 }));
  });
});

describe('the format of a file', () => {
  it.each([
    ['a.md', 'markdown'],
    ['A.MD', 'markdown'],
    ['a.markdown', 'markdown'],
    ['a.b.txt', 'text'],
    ['a.pdf', undefined],
    ['a', undefined],
  ])('%s is %s', (path, format) => {
    expect(formatOf(path)).toBe(format);
  });
});
