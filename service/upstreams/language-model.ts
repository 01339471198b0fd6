import type { Mode } from '../contract/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Passage } from './retriever.ts';

/** An earlier answer to the same prompt that was not valid, and why. */
export interface Correction {
  readonly answer: string;
  /** What the schema's validator said. */
  readonly errors: string;
}

/** What a model is to answer, and from what. */
export interface Prompt {
  /** What to answer: the question, or the input of a plain call. */
  readonly question: string;
  /** The only material the answer may come from; `undefined` for a plain call, which comes without documents. */
  readonly passages: readonly Passage[] | undefined;
  readonly mode: Mode;
  /** Instructions of the variant in use. Trusted: they come from the configuration. */
  readonly instructions?: string;
  /** JSON Schema that the answer, a JSON text, must satisfy. */
  readonly schema?: unknown;
  /** Earlier answers that were not valid, oldest first. */
  readonly corrections?: readonly Correction[];
}

/** A prompt on its way to a model. */
export interface GenerateRequest extends Prompt {
  /** Aborts when the request's time is over, or nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Tokens of the answer at most, where fewer than the model's own limit will do. */
  readonly maxOutputTokens?: number;
  /** Is given each piece of the answer as it arrives. */
  readonly onText?: (text: string) => void;
  /** Whose call it is: goes along with it. No request's when absent. */
  readonly trace?: Trace;
}

/** Why a model stopped writing. Only `stop` is a complete answer. */
export type FinishReason = 'stop' | 'length' | 'content_filter' | 'other';

/** What a model wrote. */
export interface Generation {
  readonly text: string;
  /** The passages it used, as indices into those it was given, in the order of use. */
  readonly used: readonly number[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly finish: FinishReason;
}

/** Size of a prompt in the model's tokens. */
export interface PromptSize {
  /** As good a guess as there is without the model's own tokenizer. */
  readonly estimated: number;
  /** Never less than the provider will count. */
  readonly atMost: number;
}

/** The question alone, or a plain call's input, is longer than the model's context. */
export class PromptTooLongError extends Error {
  override readonly name = 'PromptTooLongError';
}

/** What is known of a model in another process, for traces. */
export interface RemoteModel {
  /** What its endpoint calls it. */
  readonly model: string;
  /** Host name or IP address of the endpoint. */
  readonly address: string;
  readonly port: number;
  readonly temperatures: Readonly<Record<Mode, number>>;
}

/** A model that writes an answer from passages. */
export interface LanguageModel {
  /** Its name in answers, metrics and costs. */
  readonly name: string;
  /** US dollars per 1,000 tokens. */
  readonly price: { readonly input: number; readonly output: number };
  /** Tokens of prompt and answer together, at most. */
  readonly contextTokens: number;
  /** Tokens of an answer, at most. */
  readonly maxOutputTokens: number;
  /** Absent for a model in this process. */
  readonly remote?: RemoteModel;
  /** @throws {PromptTooLongError} when it cannot fit, however few passages it comes with. */
  sizeOf(prompt: Prompt): PromptSize;
  /** Tokens of a text that the model wrote, as good a guess as there is. For answers whose usage nobody reported. */
  countTokens(text: string): number;
  /**
   * @throws {UpstreamError} when the model failed.
   * @throws {PromptTooLongError} as {@link sizeOf} does.
   */
  generate(request: GenerateRequest): Promise<Generation>;
}

/** US dollars that tokens cost. */
export function costOf(
  { price }: Pick<LanguageModel, 'price'>,
  tokens: Pick<Generation, 'inputTokens' | 'outputTokens'>,
): number {
  return (tokens.inputTokens * price.input + tokens.outputTokens * price.output) / 1000;
}
