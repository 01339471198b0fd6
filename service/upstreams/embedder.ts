/** Turns texts into vectors whose cosine says how near they are in meaning. */
export interface Embedder {
  /**
   * @returns one vector for each text, in order, all of one length, each of length 1.
   * @throws {UpstreamError} when the embedding service failed.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}
