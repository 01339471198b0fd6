import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../contract/parse-config.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { openDatabase, type OpenDatabase } from './database.ts';
import { FtsDocumentStore } from './fts-store.ts';

let folder: string;
let lines: Record<string, unknown>[];
let opened: OpenDatabase[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-database-'));
  lines = [];
  opened = [];
});
afterEach(() => {
  for (const { database } of opened) if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

function open(path: string | undefined): OpenDatabase {
  const config = parseConfig({ JWT_SECRET: 'x'.repeat(32) });
  const log = createLogger(config, '0', { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const one = openDatabase(path, log);
  opened.push(one);
  return one;
}

const document = { id: 'a', text: 'Some text.', format: 'text' as const };
const file = () => join(folder, 'documents.db');

/** Files that were moved aside, by their ends. */
const asides = () => readdirSync(folder).filter((name) => name.includes('.damaged-'));

async function fill(): Promise<void> {
  const store = new FtsDocumentStore(open(folder).database);
  for (let i = 0; i < 50; i += 1) await store.put('t', { ...document, id: `d${i}`, text: `Text ${i} `.repeat(50) });
  store.close();
}

describe('a database', () => {
  it('is in memory without a folder', () => {
    expect(open(undefined).path).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('makes its folder, for its user only, and keeps what is stored', async () => {
    const deep = join(folder, 'a', 'b');
    const first = open(deep);
    expect(first.path).toBe(join(deep, 'documents.db'));
    expect(statSync(deep).mode & 0o777).toBe(0o700);
    const store = new FtsDocumentStore(first.database);
    await store.put('t', document);
    const version = await store.version('t');
    store.close();

    const again = new FtsDocumentStore(open(deep).database);
    expect(await again.has('t', 'a')).toBe(true);
    expect(await again.version('t')).toBe(version);
    expect(await again.put('t', document)).toMatchObject({ status: 'unchanged' });
  });

  it('lets a second process read while the first writes', async () => {
    const first = new FtsDocumentStore(open(folder).database);
    const second = new FtsDocumentStore(open(folder).database);
    await first.put('t', document);
    expect(await second.has('t', 'a')).toBe(true);
  });
});

describe('a file that is no database', () => {
  it.each([
    ['garbage', 'this is no database, '.repeat(500)],
    ['a few bytes', 'xyz'],
    ['a header and nothing sound', `SQLite format 3\0${'\xff'.repeat(5_000)}`],
  ])('because it is %s is moved aside, not deleted, and a new one is begun', async (_what, content) => {
    writeFileSync(file(), content, 'latin1');
    const { database, path } = open(folder);

    expect(path).toBe(file());
    await new FtsDocumentStore(database).put('t', document);
    const [aside = ''] = asides();
    expect(readFileSync(join(folder, aside), 'latin1')).toBe(content);
    expect(lines).toEqual([expect.objectContaining({ level: 'error', path: file(), aside: join(folder, aside) })]);
  });

  it('because it is empty is a new one', () => {
    writeFileSync(file(), '');
    expect(open(folder).path).toBe(file());
    expect(asides()).toEqual([]);
  });
});

describe('a damaged database', () => {
  it('is moved aside whole, and a new one is begun', async () => {
    await fill();
    const bytes = readFileSync(file());
    bytes.fill(0xab, 4096 * 2, bytes.length);
    writeFileSync(file(), bytes);

    const { database, path } = open(folder);
    expect(path).toBe(file());
    expect(await new FtsDocumentStore(database).list('t', 10)).toEqual([]);
    const [aside = '', ...others] = asides();
    expect(others).toEqual([]);
    expect(readFileSync(join(folder, aside)).equals(bytes)).toBe(true);
  });

  it('leaves no journal that the new one would read', async () => {
    await fill();
    const bytes = readFileSync(file());
    bytes.fill(0xab, 0, bytes.length);
    writeFileSync(file(), bytes);
    writeFileSync(`${file()}-wal`, 'old journal');
    writeFileSync(`${file()}-shm`, 'old index');
    const store = new FtsDocumentStore(open(folder).database);
    await store.put('t', document);
    expect((await store.list('t', 10)).map(({ id }) => id)).toEqual(['a']);
    expect(asides()).toHaveLength(1);
  });

  it('may be damaged twice', async () => {
    writeFileSync(file(), 'first damage');
    open(folder).database.close();
    writeFileSync(file(), 'second damage');
    await new Promise((resolve) => setTimeout(resolve, 2));
    open(folder);
    expect(
      asides()
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .sort(),
    ).toEqual(['first damage', 'second damage']);
  });
});

describe('a folder that cannot be written', () => {
  it('leaves the service in memory, with a warning', async () => {
    // Root may write anywhere, but not below a file.
    writeFileSync(join(folder, 'file'), 'not a folder');
    const { database, path } = open(join(folder, 'file', 'data'));

    expect(path).toBeUndefined();
    await new FtsDocumentStore(database).put('t', document);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', msg: expect.stringContaining('DATA_DIR cannot be written') as string }),
    ]);
  });

  it('because a folder has the name of the file is an error of its own', () => {
    mkdirSync(file());
    expect(() => open(folder)).toThrow();
    expect(readdirSync(folder)).toEqual(['documents.db']);
  });
});
