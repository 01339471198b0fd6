import { z } from 'zod';
import { shaped, type QdrantApi } from './api.ts';
import { EmbeddingModelMismatchError } from './mismatch.ts';
import { ownedBy, uuidOf } from './passages.ts';

/** Owner of the point that names the model, among the versions of tenants: no tenant's name starts with `_`. */
const owner = '_embedding_model';

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
  { passages, versions }: Collections,
  current: string,
  signal: AbortSignal,
): Promise<void> {
  const request = { filter: ownedBy(owner), limit: 1, with_payload: true };
  const [noted] = (await api.scroll(versions, request, signal)).payloads;
  if (noted === undefined) return noteEmbeddingModel(api, versions, current, signal);
  const { model } = shaped(noted, modelPayload);
  if (model !== current) throw new EmbeddingModelMismatchError(passages, model, current);
}

/** Notes the model that the passages are stored with. */
export async function noteEmbeddingModel(
  api: QdrantApi,
  versions: string,
  model: string,
  signal: AbortSignal,
): Promise<void> {
  await api.upsert(versions, [{ id: uuidOf(owner), vector: [1], payload: { tenant: owner, model } }], signal);
}
