import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/**
 * Name of the full-text index of one tenant. Each tenant has an index of its own, because BM25 ranks by how frequent a
 * word is in the whole index: in a common one, the order of a tenant's passages would tell what others have stored.
 */
export function indexOf(tenant: string): string {
  return `passages_${createHash('sha256').update(tenant).digest('hex').slice(0, 32)}`;
}

/** Makes a tenant's index unless there is one. */
export function makeIndex(database: DatabaseSync, tenant: string): void {
  database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS ${indexOf(tenant)} USING fts5 (
    heading, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
  )`);
}

/** Whether a tenant has an index, that is, has ever stored anything. */
export function hasIndex(database: DatabaseSync, tenant: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(indexOf(tenant)) !== undefined;
}
