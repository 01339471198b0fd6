import type { DocumentFormat } from '../chunking/chunker.ts';
import type { Trace } from '../telemetry/trace.ts';

/** The namespace of the corpus that every tenant can search. No tenant's name starts with `_`. */
export const sharedTenant = '_shared';

/** A document to store. */
export interface NewDocument {
  /** Content hash when absent. */
  readonly id?: string;
  /** The first heading, else the ID, when absent. */
  readonly title?: string;
  readonly text: string;
  readonly format: DocumentFormat;
}

/** A document that is stored. */
export interface StoredDocument {
  readonly id: string;
  readonly title: string;
  readonly chunks: number;
  /** UTF-8 length of its text. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly updatedAt: string;
  readonly shared: boolean;
}

/** A document has more passages than one may have. */
export class TooManyPassagesError extends Error {
  override readonly name = 'TooManyPassagesError';

  constructor(passages: number) {
    super(`the document has ${passages} passages, more than one may have: split it`);
  }
}

/** What storing a document did. */
export type PutResult = Pick<StoredDocument, 'id' | 'title' | 'chunks'> & {
  readonly status: 'created' | 'replaced' | 'unchanged';
};

/**
 * Where documents are kept, by tenant. The write side; reading is the retriever's. A trace is where calls to a server are
 * noted, and passed on from: nowhere when absent.
 */
export interface DocumentStore {
  /**
   * Stores a document, or replaces the tenant's one of the same ID. Does nothing when the content is the same.
   *
   * @throws {TooManyPassagesError} when the document is too long.
   */
  put(tenant: string, document: NewDocument, trace?: Trace): Promise<PutResult>;

  /** Removes a document of the tenant. False when it has none of this ID; never touches the shared ones. */
  remove(tenant: string, id: string, trace?: Trace): Promise<boolean>;

  /** Whether the tenant has a document of this ID. */
  has(tenant: string, id: string, trace?: Trace): Promise<boolean>;

  /**
   * The tenant's documents and the shared ones, by ID.
   *
   * @param limit of a page; one more is on it where its last ID is the tenant's and a shared one.
   * @param after the last ID of the page before.
   */
  list(tenant: string, limit: number, after?: string, trace?: Trace): Promise<readonly StoredDocument[]>;

  /** Changes whenever what the tenant can find changes. Part of every cache key. */
  version(tenant: string, trace?: Trace): Promise<string>;

  close(): void;
}
