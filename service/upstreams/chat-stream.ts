import { createParser } from 'eventsource-parser';
import type { ChatCompletion } from './chat-completion.ts';
import type { HttpAnswer } from './http-answer.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

/** Characters of one event at most: a whole answer would fit. */
const maxEventCharacters = 2_097_152;

/**
 * Reads the chunks of a completion from server-sent events, until `[DONE]` or the end.
 *
 * @param idleMs without data, after the first text, end it: comments keep a connection open, but no answer comes of them.
 * Before the first text the request's own signal is the limit.
 * @throws {UpstreamError} `cut` when it ends, or the connection is lost, before the model has finished; `timeout` when it
 * is idle; and as {@link ChatCompletion.take} does. The signal's reason when it aborts.
 */
export async function readStream(answer: HttpAnswer, completion: ChatCompletion, idleMs: number): Promise<void> {
  const end = { marked: false };
  let idle: NodeJS.Timeout | undefined;
  const stop = () => {
    const silence = `sent no more of its answer for ${idleMs / 1000} s`;
    answer.destroy(new UpstreamError(answer.upstream, 'timeout', silence));
  };
  const parser = createParser({
    maxBufferSize: maxEventCharacters,
    onEvent: ({ data }) => {
      if (end.marked) return;
      if (data === '[DONE]') {
        end.marked = true;
        return;
      }
      completion.take(data);
      if (idle !== undefined) idle.refresh();
      else if (completion.text !== '') idle = setTimeout(stop, idleMs);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw completion.malformed('sent an event that is too long');
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.chunks()) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (end.marked) break;
    }
  } catch (error) {
    // What is lost after the finish reason is the usage and the mark of the end.
    const lost = error instanceof UpstreamError && (error.fault === 'cut' || error.fault === 'timeout');
    if (!lost || completion.finish === undefined) throw error;
  } finally {
    clearTimeout(idle);
  }
  if (!end.marked && completion.finish === undefined) {
    throw new UpstreamError(answer.upstream, 'cut', 'ended its answer without a finish reason');
  }
}
