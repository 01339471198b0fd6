import type { Trace } from '../telemetry/trace.ts';

/** A question to find passages for. */
export interface RetrievalRequest {
  readonly tenant: string;
  readonly question: string;
  /** Passages at most. */
  readonly topK: number;
  /** Aborts when the request's time is over. */
  readonly signal: AbortSignal;
  /** Where the search is noted, and passed on from. Nowhere when absent. */
  readonly trace?: Trace;
}

/** A passage that may answer a question. */
export interface Passage {
  /** Document ID, with the heading's anchor after `#`. */
  readonly id: string;
  /** Title of the document, with the passage's own heading. */
  readonly title: string;
  readonly text: string;
  /** 0 to 1, higher is better; comparable within one answer only. */
  readonly score: number;
}

/** Finds the passages that may answer a question: best first, none when nothing is relevant enough. */
export interface Retriever {
  retrieve(request: RetrievalRequest): Promise<readonly Passage[]>;
}
