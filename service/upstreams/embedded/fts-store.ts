import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { identify, passagesOf, type StoredPassage } from '../document-passages.ts';
import {
  sharedTenant,
  type DocumentStore,
  type NewDocument,
  type PutResult,
  type StoredDocument,
} from '../document-store.ts';
import { indexOf, makeIndex } from './passage-index.ts';
import { termsOf } from './terms.ts';

interface DocumentRow {
  tenant: string;
  id: string;
  title: string;
  hash: string;
  chunks: number;
  bytes: number;
  updated_at: string;
}

/**
 * Part of a document's hash. Raised whenever chunks or terms are made differently, so that documents are indexed anew.
 */
const indexVersion = 5;

/** Chunks that are indexed before the event loop gets its turn: a few milliseconds of work. */
const chunksPerTurn = 25;

/** Documents in SQLite, indexed by FTS5 over stemmed terms. */
export class FtsDocumentStore implements DocumentStore {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #version: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare('SELECT * FROM documents WHERE tenant = ? AND id = ?');
    this.#version = database.prepare('SELECT version FROM versions WHERE tenant = ?');
  }

  async put(tenant: string, document: NewDocument): Promise<PutResult> {
    const { id, hash: identity } = identify(document);
    const hash = `${indexVersion}:${identity}`;
    const stored = this.#find.get(tenant, id) as unknown as DocumentRow | undefined;
    if (stored?.hash === hash) return { id, title: stored.title, chunks: stored.chunks, status: 'unchanged' };

    const { title, passages } = passagesOf(document, id);
    const chunks = await indexed(passages);
    const replaced = this.#transaction(() => {
      makeIndex(this.#database, tenant);
      const existed = this.#find.get(tenant, id) !== undefined;
      this.#delete(tenant, id);
      this.#database
        .prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(tenant, id, title, hash, chunks.length, Buffer.byteLength(document.text), new Date().toISOString());
      const insertChunk = this.#database.prepare(
        `INSERT INTO chunks (tenant, document, anchor, title, text, title_terms, text_terms)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      );
      const index = this.#database.prepare(`INSERT INTO ${indexOf(tenant)} (rowid, heading, body) VALUES (?, ?, ?)`);
      for (const { anchor, title: heading, text, titleTerms, textTerms } of chunks) {
        const { lastInsertRowid } = insertChunk.run(tenant, id, anchor, heading, text, titleTerms, textTerms);
        index.run(lastInsertRowid, titleTerms, textTerms);
      }
      this.#changed(tenant);
      return existed;
    });
    return { id, title, chunks: chunks.length, status: replaced ? 'replaced' : 'created' };
  }

  async has(tenant: string, id: string): Promise<boolean> {
    return this.#find.get(tenant, id) !== undefined;
  }

  async remove(tenant: string, id: string): Promise<boolean> {
    if (!(await this.has(tenant, id))) return false;
    this.#transaction(() => {
      this.#delete(tenant, id);
      this.#changed(tenant);
    });
    return true;
  }

  async list(tenant: string, limit: number, after = ''): Promise<readonly StoredDocument[]> {
    // A tenant's document may have the ID of a shared one. Both are on the same page, as the next starts after the ID.
    const rows = this.#database
      .prepare(
        `SELECT * FROM documents WHERE tenant IN (?1, ?2) AND id > ?3 AND id <= ifnull(
           (SELECT id FROM documents WHERE tenant IN (?1, ?2) AND id > ?3 ORDER BY id LIMIT 1 OFFSET ?4 - 1), id)
         ORDER BY id, tenant`,
      )
      .all(tenant, sharedTenant, after, limit) as unknown as DocumentRow[];
    return rows.map(({ id, title, chunks, bytes, updated_at, tenant: owner }) => ({
      id,
      title,
      chunks,
      bytes,
      updatedAt: updated_at,
      shared: owner === sharedTenant,
    }));
  }

  async version(tenant: string): Promise<string> {
    return `${this.#versionOf(sharedTenant)}.${this.#versionOf(tenant)}`;
  }

  close(): void {
    this.#database.close();
  }

  #versionOf(tenant: string): string {
    const row = this.#version.get(tenant);
    return row ? String(row['version']) : '0';
  }

  /** A version is random, not a counter, so that it never comes back after the database was lost. */
  #changed(tenant: string): void {
    this.#database
      .prepare('INSERT INTO versions VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET version = excluded.version')
      .run(tenant, randomUUID());
  }

  #delete(tenant: string, id: string): void {
    this.#database
      .prepare(
        `DELETE FROM ${indexOf(tenant)} WHERE rowid IN (SELECT rowid FROM chunks WHERE tenant = ? AND document = ?)`,
      )
      .run(tenant, id);
    this.#database.prepare('DELETE FROM documents WHERE tenant = ? AND id = ?').run(tenant, id);
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself has rolled back after some errors, such as a full disk.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** What is stored of each chunk. A long document leaves turns to other requests. */
async function indexed(passages: readonly StoredPassage[]) {
  const rows = [];
  for (const { anchor, title, text } of passages) {
    if (rows.length % chunksPerTurn === chunksPerTurn - 1) await setImmediate();
    rows.push({ anchor, title, text, titleTerms: termsOf(title).join(' '), textTerms: termsOf(text).join(' ') });
  }
  return rows;
}
