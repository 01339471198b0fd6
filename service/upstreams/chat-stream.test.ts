import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatCompletion } from './chat-completion.ts';
import { readStream } from './chat-stream.ts';
import type { HttpAnswer } from './http-answer.ts';

/** Reads a stream whose bytes arrive in these chunks. */
async function read(chunks: Iterable<Buffer>): Promise<{ pieces: string[]; completion: ChatCompletion }> {
  async function* arriving() {
    yield* chunks;
  }
  const answer = { upstream: 'mistral', chunks: arriving, destroy: () => undefined };
  const pieces: string[] = [];
  const completion = new ChatCompletion('mistral', (text) => pieces.push(text));
  await readStream(answer as unknown as HttpAnswer, completion, 30_000);
  return { pieces, completion };
}

const choice = (more: object) => JSON.stringify({ choices: [{ index: 0, ...more }] });
const usage = JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });

describe('a stream of chunks', () => {
  it('says the same wherever its bytes are cut, and however its lines end', async () => {
    const streams = fc.record({
      texts: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      begin: fc.constantFrom('', '\ufeff', ': comment\n\n', 'retry: 7\n'),
      size: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(streams, async ({ texts, lineEnd, begin, size }) => {
        const data = [
          ...texts.map((content) => choice({ delta: { content } })),
          choice({ delta: {}, finish_reason: 'stop' }),
          usage,
          '[DONE]',
        ];
        const bytes = Buffer.from(begin + data.map((one) => `data: ${one}${lineEnd}${lineEnd}`).join('') + lineEnd);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        const { pieces, completion } = await read(chunks);
        expect(pieces).toEqual(texts);
        expect(completion.text).toBe(texts.join(''));
        expect(completion.finish).toBe('stop');
        expect(completion.usage).toEqual({ inputTokens: 7, outputTokens: 3 });
      }),
      { numRuns: 200 },
    );
  });
});
