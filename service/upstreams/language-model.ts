import type { Mode } from '../contract/metrics.ts';
import type { Passage } from './retriever.ts';

/** What a model is asked to do. */
export interface GenerateRequest {
  readonly question: string;
  /** The only material the answer may come from. */
  readonly passages: readonly Passage[];
  readonly mode: Mode;
  /** Aborts when the request's time is over. */
  readonly signal: AbortSignal;
}

/** What a model wrote. */
export interface Generation {
  readonly text: string;
  /** The passages it used, as indices into those it was given, in the order of use. */
  readonly used: readonly number[];
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A model that writes an answer from passages. */
export interface LanguageModel {
  /** Its name in answers, metrics and costs. */
  readonly name: string;
  /** US dollars per 1,000 tokens. */
  readonly price: { readonly input: number; readonly output: number };
  generate(request: GenerateRequest): Promise<Generation>;
}

/** US dollars that a generation cost. */
export function costOf(model: LanguageModel, generation: Generation): number {
  return (generation.inputTokens * model.price.input + generation.outputTokens * model.price.output) / 1000;
}
