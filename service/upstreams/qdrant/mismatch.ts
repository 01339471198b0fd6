import { UpstreamError } from '../../resilience/upstream-error.ts';

const remedy = 'choose the model that the documents were stored with, or another QDRANT_COLLECTION';

/** The collection was made for vectors of another length. */
export class DimensionMismatchError extends UpstreamError {
  constructor(collection: string, found: number, needed: number) {
    const has = found === 0 ? 'vectors with names' : `vectors of dimension ${found}`;
    super(
      'vector_db',
      'rejected',
      `the Qdrant collection ${collection} has ${has}, but the embedding model makes vectors of dimension ${needed}: ${remedy}`,
    );
  }
}

/** The collection was made with another embedding model: its vectors mean nothing to this one, whatever their length. */
export class EmbeddingModelMismatchError extends UpstreamError {
  constructor(collection: string, found: string, current: string) {
    super(
      'vector_db',
      'rejected',
      `the Qdrant collection ${collection} has vectors of the embedding model ${found}, but TEI_URL serves ${current}: ${remedy}`,
    );
  }
}
