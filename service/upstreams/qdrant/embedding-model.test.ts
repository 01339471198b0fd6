import { beforeEach, describe, expect, it } from 'vitest';
import type { Point, QdrantApi } from './api.ts';
import { checkEmbeddingModel, noteEmbeddingModel } from './embedding-model.ts';
import { EmbeddingModelMismatchError } from './mismatch.ts';

const collections = { passages: 'ballast', versions: 'ballast_versions' };
const { signal } = new AbortController();

/** A collection with room for one point. */
class OnePoint {
  point: Point | undefined;
  /** What another replica does right after a write. */
  meanwhile: () => Promise<void> = () => Promise.resolve();
  readonly api = {
    upsert: async (_collection: string, [point]: readonly Point[]) => {
      this.point = point;
      const { meanwhile } = this;
      this.meanwhile = () => Promise.resolve();
      await meanwhile();
    },
    scroll: async () => ({ payloads: this.point ? [this.point.payload] : [], next: undefined }),
  } as unknown as QdrantApi;
}

let versions: OnePoint;
beforeEach(() => {
  versions = new OnePoint();
});

const check = (model: string) => checkEmbeddingModel(versions.api, collections, model, signal);
const note = (model: string) => noteEmbeddingModel(versions.api, collections, model, signal);

describe('the note of the embedding model', () => {
  it('is made by the first check, and compared with by the next ones', async () => {
    await check('a');
    await check('a');
    await expect(check('b')).rejects.toThrow(EmbeddingModelMismatchError);
  });

  it.each([
    ['where none was noted', check],
    ['of a new collection', note],
  ])('%s is read again, so that of two models noted at once only one passes', async (_where, write) => {
    versions.meanwhile = () => note('b');
    await expect(write('a')).rejects.toThrow(EmbeddingModelMismatchError);
    await check('b');
  });
});
