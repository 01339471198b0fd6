import type { Trace } from '../telemetry/trace.ts';

/** Turns texts into vectors whose cosine says how near they are in meaning. */
export interface Embedder {
  /**
   * @param trace where the call is noted, and passed on from; nowhere when absent.
   * @returns one vector for each text, in order, all of one length, each of length 1.
   * @throws {UpstreamError} when the embedding service failed.
   */
  embed(texts: readonly string[], signal: AbortSignal, trace?: Trace): Promise<readonly Float32Array[]>;
}
