import { z } from 'zod';
import { shaped, type QdrantApi } from './api.ts';
import { EmbeddingModelMismatchError } from './mismatch.ts';
import { ownedBy, uuidOf, type Condition } from './passages.ts';

/** Owner of the point that names the model, among the versions of tenants: no tenant's name starts with `_`. */
const owner = '_embedding_model';

/** Is true of the point that names the model, and of no other. */
export const embeddingModelNote: Condition = { key: 'tenant', match: { value: owner } };

const modelPayload = z.object({ model: z.string() });

/** Which collection is asked about, and where that is noted. */
export interface Collections {
  /** Of the passages. */
  readonly passages: string;
  /** Of the versions, where the model is noted. */
  readonly versions: string;
}

/**
 * Compares the model that makes vectors now with the one that the passages were stored with. Where none is noted yet, as for
 * a collection of an older version of this service, the current one is.
 *
 * @throws {EmbeddingModelMismatchError} when they differ.
 */
export async function checkEmbeddingModel(
  api: QdrantApi,
  collections: Collections,
  current: string,
  signal: AbortSignal,
): Promise<void> {
  const noted = await notedModel(api, collections, signal);
  if (noted === undefined) return noteEmbeddingModel(api, collections, current, signal);
  compare(collections, noted, current);
}

/**
 * Notes the model that the passages are stored with, and reads the note again: when two replicas with two models begin at
 * once, the last note counts, and the other replica fails here or at its next {@link checkEmbeddingModel}.
 *
 * @throws {EmbeddingModelMismatchError} when another replica has noted another model meanwhile.
 */
export async function noteEmbeddingModel(
  api: QdrantApi,
  collections: Collections,
  model: string,
  signal: AbortSignal,
): Promise<void> {
  const note = { id: uuidOf(owner), vector: [1], payload: { tenant: owner, model } };
  await api.upsert(collections.versions, [note], signal);
  compare(collections, (await notedModel(api, collections, signal)) ?? model, model);
}

async function notedModel(api: QdrantApi, { versions }: Collections, signal: AbortSignal): Promise<string | undefined> {
  const request = { filter: ownedBy(owner), limit: 1, with_payload: true };
  const [noted] = (await api.scroll(versions, request, signal)).payloads;
  return noted && shaped(noted, modelPayload).model;
}

function compare({ passages }: Collections, noted: string, current: string): void {
  if (noted !== current) throw new EmbeddingModelMismatchError(passages, noted, current);
}
