import { setTimeout as delay } from 'node:timers/promises';
import type { StandinAnswer } from './answer.ts';

/** Faults of language models only, beside those of every stand-in. */
export type LlmFault =
  /** 200 with an error object: in place of the answer, or after the first pieces of a stream. */
  | {
      readonly kind: 'error_event';
      readonly afterPieces?: number;
      readonly code?: string | number;
      readonly type?: string;
    }
  /** 200 without a choice. */
  | { readonly kind: 'empty_choices' }
  /** Ends a stream properly, but after its first pieces: without a finish reason and without `[DONE]`. */
  | { readonly kind: 'cut_stream'; readonly afterPieces: number }
  /** Stops for this reason after half of the answer. */
  | { readonly kind: 'content_filter' | 'length' }
  | { readonly kind: 'no_usage' }
  /** Answers with one JSON object whatever was asked for. */
  | { readonly kind: 'ignores_stream' }
  /** Sends the first piece of a stream, and then only comments. */
  | { readonly kind: 'only_comments'; readonly everyMs: number }
  /** 429 as OpenAI answers it: too many at once, or nothing left to pay with. */
  | { readonly kind: 'rate_limit'; readonly retryAfter: number | string }
  | { readonly kind: 'insufficient_quota' }
  /** 401. */
  | { readonly kind: 'wrong_key' };

/** What the stand-in reads of a request. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** Milliseconds before the first piece of an answer, and between pieces. */
export interface Pace {
  readonly firstDelayMs: number;
  readonly pieceDelayMs: number;
}

/** What is common to all chunks of an answer. */
const head = { id: 'chatcmpl-standin', created: 1_700_000_000, system_fingerprint: 'standin' };

/** A token in words: enough for a stand-in. */
const countWords = (text: string) => text.match(/\S+/g)?.length ?? 0;

function usageOf({ messages }: ChatBody, text: string) {
  const input = messages.reduce((sum, { content }) => sum + countWords(content), 0);
  const output = countWords(text);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

const errorObject = (type: string | undefined, code: string | number | undefined) => ({
  error: {
    message: 'failed, as the stand-in was told to',
    type: type ?? 'server_error',
    param: null,
    code: code ?? null,
  },
});

/** Answers of other statuses, as OpenAI documents them. */
export function refusalOf(fault: LlmFault | undefined): StandinAnswer | undefined {
  if (fault?.kind === 'rate_limit') {
    const headers = { 'retry-after': String(fault.retryAfter) };
    return { status: 429, headers, body: errorObject('requests', 'rate_limit_exceeded') };
  }
  if (fault?.kind === 'insufficient_quota') {
    return { status: 429, body: errorObject('insufficient_quota', 'insufficient_quota') };
  }
  if (fault?.kind === 'wrong_key')
    return { status: 401, body: errorObject('invalid_request_error', 'invalid_api_key') };
  return undefined;
}

function finishOf(fault: LlmFault | undefined): string {
  return fault?.kind === 'length' || fault?.kind === 'content_filter' ? fault.kind : 'stop';
}

/** The pieces that a stream of this text comes in: words with the space before them, half of them where it is cut short. */
function piecesOf(text: string, fault: LlmFault | undefined): string[] {
  const pieces = text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
  return finishOf(fault) === 'stop' ? pieces : pieces.slice(0, Math.ceil(pieces.length / 2));
}

/** The answer as one JSON object. */
export function completion(body: ChatBody, reply: string, fault: LlmFault | undefined): unknown {
  if (fault?.kind === 'error_event') return errorObject(fault.type, fault.code);
  const content = piecesOf(reply, fault).join('');
  const choice = { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: finishOf(fault) };
  return {
    ...head,
    object: 'chat.completion',
    model: body.model,
    choices: fault?.kind === 'empty_choices' ? [] : [choice],
    ...(fault?.kind !== 'no_usage' && { usage: usageOf(body, content) }),
  };
}

/** The answer as server-sent events. */
export async function* completionChunks(
  body: ChatBody,
  reply: string,
  fault: LlmFault | undefined,
  { firstDelayMs, pieceDelayMs }: Pace,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
  const chunk = (choices: unknown[], usage: unknown = null) =>
    event({ ...head, object: 'chat.completion.chunk', model: body.model, choices, usage });
  const delta = (content: object, finish: string | null = null) =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finish }]);
  const pause = (ms: number) => (ms > 0 ? delay(ms, undefined, { signal }) : undefined);

  await pause(firstDelayMs);
  if (fault?.kind === 'empty_choices') {
    yield chunk([]);
    yield 'data: [DONE]\n\n';
    return;
  }
  yield delta({ role: 'assistant', content: '' });
  const pieces = piecesOf(reply, fault);
  const last = fault?.kind === 'error_event' || fault?.kind === 'cut_stream' ? (fault.afterPieces ?? 0) : pieces.length;
  for (const [index, piece] of pieces.slice(0, last).entries()) {
    if (index > 0) await pause(pieceDelayMs);
    yield delta({ content: piece });
    while (fault?.kind === 'only_comments') {
      await pause(fault.everyMs);
      yield ': still here\n\n';
    }
  }
  if (fault?.kind === 'cut_stream') return;
  if (fault?.kind === 'error_event') {
    yield event(errorObject(fault.type, fault.code));
    return;
  }
  yield delta({}, finishOf(fault));
  if (body.stream_options?.include_usage === true && fault?.kind !== 'no_usage') {
    yield chunk([], usageOf(body, pieces.join('')));
  }
  yield 'data: [DONE]\n\n';
}
