import { UpstreamError } from '../../resilience/upstream-error.ts';

const remedy = 'choose the model that the documents were stored with, or another QDRANT_COLLECTION';

/** The embedding model is not the one of the collection. */
export abstract class MismatchError extends UpstreamError {
  constructor(collection: string, has: string, needed: string) {
    super('vector_db', 'rejected', `the Qdrant collection ${collection} has ${has}, but ${needed}: ${remedy}`);
  }
}

/** The collection was made for vectors of another length. */
export class DimensionMismatchError extends MismatchError {
  constructor(collection: string, found: number, needed: number) {
    const has = found === 0 ? 'vectors with names' : `vectors of dimension ${found}`;
    super(collection, has, `the embedding model makes vectors of dimension ${needed}`);
  }
}

/** The collection was made with another embedding model: its vectors mean nothing to this one, whatever their length. */
export class EmbeddingModelMismatchError extends MismatchError {
  constructor(collection: string, found: string, current: string) {
    super(collection, `vectors of the embedding model ${found}`, `TEI_URL serves ${current}`);
  }
}
