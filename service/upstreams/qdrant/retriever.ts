import { UpstreamError } from '../../resilience/upstream-error.ts';
import type { Embedder } from '../embedder.ts';
import type { Passage, RetrievalRequest, Retriever } from '../retriever.ts';
import type { QdrantConnection } from './connection.ts';
import { shaped } from './api.ts';
import { noChunk, passagePayload, visibleTo } from './passages.ts';

/**
 * Cosine from which a passage may be relevant. What a cosine means depends on the model: some give even unrelated texts a
 * high one. So this is low, and only drops what no model would call near; the language model is told to answer from what
 * it is given, or to say that it is not there. Checked with the tests' stand-in for a model alone: there it drops unrelated
 * texts, and finds passages for each question about the handbook.
 */
export const minCosine = 0.3;

/** What a passage is made of. */
const quoted = passagePayload.pick({ document: true, anchor: true, passage_title: true, text: true });

const payloadFields = Object.keys(quoted.shape);

/** Finds passages by the cosine between their vectors and the question's. The score is that cosine. */
export class QdrantRetriever implements Retriever {
  readonly #connection: QdrantConnection;
  readonly #embedder: Embedder;

  constructor(connection: QdrantConnection, embedder: Embedder) {
    this.#connection = connection;
    this.#embedder = embedder;
  }

  /** @throws {UpstreamError} when Qdrant or the embedding service failed. */
  async retrieve({ tenant, question, topK, signal, trace }: RetrievalRequest): Promise<readonly Passage[]> {
    const { api, passages } = this.#connection;
    await this.#connection.setUp();
    const [vector] = await this.#embedder.embed([question], signal, trace);
    if (vector === undefined) throw new UpstreamError('embeddings', 'malformed', 'sent no vector');
    const query = {
      query: Array.from(vector),
      filter: { ...visibleTo(tenant), must_not: [{ key: 'chunk', match: { value: noChunk } }] },
      limit: topK,
      score_threshold: minCosine,
      with_payload: payloadFields,
    };
    const found = await api.search(passages, query, signal, trace);
    return found.map(({ score, payload }) => {
      const { document, anchor, passage_title: title, text } = shaped(payload, quoted);
      return { id: anchor === '' ? document : `${document}#${anchor}`, title, text, score: shown(score) };
    });
  }
}

/** A cosine as a score: 0 to 1, three decimals. */
function shown(cosine: number): number {
  return Math.round(Math.min(1, Math.max(0, cosine)) * 1000) / 1000;
}
