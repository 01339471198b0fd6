import { estimateTokenCount } from 'tokenx';
import type { PromptSize } from './language-model.ts';

/** Message of a chat, as OpenAI-compatible endpoints take it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * Tokens that a chat template puts around one message: 4 in ChatML (`<|im_start|>`, the role, a line feed, `<|im_end|>`),
 * 5 in Llama 3 (two header marks, the role, a blank line, `<|eot_id|>`), a few more where roles take two tokens.
 */
const perMessage = { estimated: 4, atMost: 10 };

/**
 * Tokens around a whole chat: the beginning of the text and of the answer, and the lines with dates that the template of
 * Llama 3.1 and later adds to the system's message, about 25.
 */
const perChat = { estimated: 3, atMost: 64 };

/** Tokens of a text, guessed without the model's tokenizer: within some 10 % for prose. */
export function countTokens(text: string): number {
  return estimateTokenCount(text);
}

/**
 * Tokens of a text at most. Tokenizers of models split bytes, so that a token is at least one byte of UTF-8; some of them
 * normalise the text first (Qwen: NFC), which may lengthen it.
 */
function mostTokens(text: string): number {
  return Math.max(Buffer.byteLength(text), Buffer.byteLength(text.normalize('NFC')));
}

/** Tokens of a message's content or of a part of it. */
export function sizeOfText(text: string): PromptSize {
  return { estimated: countTokens(text), atMost: mostTokens(text) };
}

/** Tokens of a whole chat. */
export function sizeOfChat(messages: readonly ChatMessage[]): PromptSize {
  const size = { ...perChat };
  for (const { content } of messages) {
    size.estimated += perMessage.estimated + countTokens(content);
    size.atMost += perMessage.atMost + mostTokens(content);
  }
  return size;
}
