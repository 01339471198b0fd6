import { accessSync, constants, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from 'pino';
import { makeFolder } from '../../make-folder.ts';

/** Raised whenever tables change. A database of another version is moved aside like a damaged one. */
const schemaVersion = 1;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS documents (
    tenant TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, hash TEXT NOT NULL,
    chunks INTEGER NOT NULL, bytes INTEGER NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chunks (
    rowid INTEGER PRIMARY KEY, tenant TEXT NOT NULL, document TEXT NOT NULL,
    anchor TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    title_terms TEXT NOT NULL, text_terms TEXT NOT NULL,
    FOREIGN KEY (tenant, document) REFERENCES documents (tenant, id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS chunks_by_document ON chunks (tenant, document);
  CREATE TABLE IF NOT EXISTS versions (tenant TEXT PRIMARY KEY, version TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`;

/** An open database, and where it is. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Path of the file; `undefined` in memory. */
  readonly path: string | undefined;
}

/**
 * Opens the database in `folder`, or in memory when there is no folder or it cannot be written: answers from a corpus
 * that is read again at each start beat none.
 *
 * A damaged file is moved aside, never deleted, and a new one is begun.
 */
export function openDatabase(folder: string | undefined, log: Logger): OpenDatabase {
  if (folder === undefined) return { database: prepare(':memory:'), path: undefined };
  const path = join(folder, 'documents.db');
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (err) {
    log.warn({ err, folder }, 'DATA_DIR cannot be written: documents are kept in memory and are lost at the next stop');
    return { database: prepare(':memory:'), path: undefined };
  }
  try {
    return { database: prepare(path), path };
  } catch (err) {
    if (!isDamaged(err)) throw err;
    const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    log.error(
      { err, path, aside },
      'the document database is damaged or of another version: it was moved aside and a new one begun',
    );
    return { database: prepare(path), path };
  }
}

/** Opens and checks a database. Throws what SQLite says when the file is not a sound database. */
function prepare(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (check.quick_check !== 'ok') throw new DamagedError(check.quick_check);
    const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number };
    const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (tables > 0 && found !== schemaVersion) throw new DamagedError(`has version ${found}, not ${schemaVersion}`);
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, see https://sqlite.org/rescode.html. */
const damagedCodes = [11, 26];

function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedError) return true;
  // Extended result codes carry the primary one in their low byte.
  return error instanceof Error && 'errcode' in error && damagedCodes.includes(Number(error.errcode) & 0xff);
}
