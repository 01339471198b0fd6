import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modes, type Mode } from '../../contract/metrics.ts';
import type { Passage } from '../retriever.ts';
import { ExtractiveModel, nothingFound } from './extractive-model.ts';

const model = new ExtractiveModel();
const { signal } = new AbortController();
const answer = (question: string, passages: readonly Passage[], mode: Mode = 'balanced') =>
  model.generate({ question, passages, mode, signal });
const passage = (text: string, more: Partial<Passage> = {}): Passage => ({
  id: 'a',
  title: 'Title',
  text,
  score: 1,
  ...more,
});

describe('the extractive model', () => {
  it('quotes the sentence that answers, and cites its passage', async () => {
    const passages = [
      passage('Ships float. They are large.', { id: 'ships', score: 0.9 }),
      passage('A rudder steers a ship. It is at the stern.', { id: 'rudders', score: 1 }),
    ];
    const { text, used } = await answer('What steers a ship, a rudder?', passages, 'fast');
    expect(text).toBe('A rudder steers a ship. [1]');
    expect(used).toEqual([1]);
  });

  it('says that it found nothing when there is nothing to quote', async () => {
    expect(await answer('What?', [])).toMatchObject({ text: nothingFound, used: [], outputTokens: 8 });
    expect(await answer('What?', [passage(' \n ')])).toMatchObject({ text: nothingFound, used: [] });
  });

  it('quotes most when creative and least when fast', async () => {
    const passages = [passage(Array.from({ length: 9 }, (_, i) => `Penguin ${i} swims.`).join(' '))];
    const quoted = async (mode: Mode) => (await answer('penguin', passages, mode)).text.match(/\[1\]/g)?.length;
    expect([await quoted('fast'), await quoted('balanced'), await quoted('creative')]).toEqual([1, 3, 5]);
  });

  it('cuts no sentence inside a URL or a path', async () => {
    const sentence = 'A browser opens /docs?access_token=TOKEN to read the documentation.';
    const { text } = await answer('What does a browser open to read the documentation?', [passage(sentence)], 'fast');
    expect(text).toBe(`${sentence} [1]`);
  });

  it('does not quote the same sentence twice', async () => {
    const passages = [passage('A penguin swims.'), passage('A penguin swims.', { id: 'b' })];
    expect((await answer('penguin', passages, 'creative')).text).toBe('A penguin swims. [1]');
  });

  it('leaves out what says much less about the question', async () => {
    const passages = [passage('A rudder steers a ship at sea. Birds are at sea.')];
    expect((await answer('What steers a ship, a rudder?', passages, 'creative')).text).toBe(
      'A rudder steers a ship at sea. [1]',
    );
  });

  it('counts words as tokens, and costs nothing', async () => {
    const { inputTokens, outputTokens } = await answer('What swims?', [passage('A penguin swims.')]);
    expect(inputTokens).toBe(5);
    expect(outputTokens).toBe(4);
    expect(model.price).toEqual({ input: 0, output: 0 });
  });

  it('writes no word of its own: every quotation is in the passage that it cites', async () => {
    const word = fc.constantFrom('penguin', 'swims', 'Dr.', 'e.g.', '3.5', 'fish!', 'Why?', '🐧', '[1]', 'a', 'ice.');
    const line = fc.array(word, { minLength: 1, maxLength: 15 }).map((words) => words.join(' '));
    const text = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));
    const passages = fc.array(
      fc
        .record({ text, score: fc.double({ min: 0.45, max: 1, noNaN: true }) })
        .map(({ text, score }) => passage(text, { score })),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(line, passages, fc.constantFrom(...modes), async (question, given, mode) => {
        const generation = await answer(question, given, mode);
        if (generation.used.length === 0) {
          expect(generation.text).toBe(nothingFound);
          return;
        }
        expect(new Set(generation.used).size).toBe(generation.used.length);
        expect(
          isQuoted(
            generation.text,
            generation.used.map((index) => given[index]?.text ?? ''),
          ),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is calm about any Unicode', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (question, text) => {
        await answer(question, [passage(text)], 'creative');
      }),
    );
  });
});

/** Whether the text is a run of `SENTENCE [n]`, each sentence in the n-th source. */
function isQuoted(text: string, sources: readonly string[]): boolean {
  if (text === '') return true;
  for (const { index, 0: mark, 1: number } of text.matchAll(/ \[(\d+)\](?= |$)/g)) {
    const source = sources[Number(number) - 1];
    if (source?.includes(text.slice(0, index)) && isQuoted(text.slice(index + mark.length).replace(/^ /, ''), sources))
      return true;
  }
  return false;
}
