import type { Mode } from '../../contract/metrics.ts';
import type { GenerateRequest, Generation, LanguageModel, Prompt, PromptSize } from '../language-model.ts';
import type { Passage } from '../retriever.ts';
import { termsOf } from './terms.ts';

/** What is answered when no passage is relevant. */
export const nothingFound = 'I found nothing about this in the documents.';

/** Sentences quoted at most, by mode. */
const sentencesByMode: Readonly<Record<Mode, number>> = { creative: 5, balanced: 3, fast: 1 };

/** A further sentence must be at least this good, compared with the best one. */
const worthQuoting = 0.5;

/** Headings that a passage stands under say less than its sentence does. */
const titleShare = 0.4;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

interface Sentence {
  readonly text: string;
  readonly passage: number;
  readonly terms: ReadonlySet<string>;
  readonly titleTerms: ReadonlySet<string>;
}

/**
 * Answers by quoting: picks the sentences whose words cover most of the question, rare words first, and cites the
 * passage of each. It never writes a word of its own, and says that it found nothing when there is nothing to quote. A
 * plain call comes without passages: it quotes the sentences of its input that say most of what the whole says.
 */
export class ExtractiveModel implements LanguageModel {
  readonly name = 'embedded-extractive';
  readonly price = { input: 0, output: 0 };
  readonly contextTokens = Number.MAX_SAFE_INTEGER;
  readonly maxOutputTokens = 10_000;

  sizeOf(prompt: Prompt): PromptSize {
    const tokens = wordsOf(prompt);
    return { estimated: tokens, atMost: tokens };
  }

  countTokens(text: string): number {
    return countWords(text);
  }

  async generate(request: GenerateRequest): Promise<Generation> {
    const { question, mode, onText } = request;
    const passages = request.passages ?? [{ id: 'input', title: '', text: question, score: 1 }];
    const quoted = selectSentences(question, passages, sentencesByMode[mode]);
    const used = request.passages === undefined ? [] : [...new Set(quoted.map(({ passage }) => passage))];
    const text = quoted.length === 0 ? nothingFound : quoted.map((sentence) => quote(sentence, used)).join(' ');
    onText?.(text);
    return { text, used, inputTokens: wordsOf(request), outputTokens: countWords(text), finish: 'stop' };
  }
}

function quote({ text, passage }: Sentence, used: readonly number[]): string {
  return used.length === 0 ? text : `${text} [${used.indexOf(passage) + 1}]`;
}

function wordsOf({ question, passages = [] }: Prompt): number {
  return countWords(question) + passages.reduce((sum, { text }) => sum + countWords(text), 0);
}

/** Tokens as this model counts them: words, since it has no tokenizer. */
function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

function selectSentences(question: string, passages: readonly Passage[], most: number): Sentence[] {
  const sentences = passages.flatMap(sentencesOf);
  const weights = weigh(new Set(termsOf(question)), sentences);
  const scored = sentences
    .map((sentence) => ({ sentence, score: scoreOf(sentence, weights) * (passages[sentence.passage]?.score ?? 0) }))
    .sort((a, b) => b.score - a.score);
  const best = scored[0]?.score ?? 0;
  const selected: Sentence[] = [];
  for (const { sentence, score } of scored) {
    if (selected.length === most || (selected.length > 0 && score < best * worthQuoting)) break;
    if (!selected.some(({ text }) => text === sentence.text)) selected.push(sentence);
  }
  return selected;
}

function sentencesOf(passage: Passage, index: number): Sentence[] {
  const titleTerms = new Set(termsOf(passage.title));
  return passage.text
    .split('\n')
    .flatMap(splitSentences)
    .filter((text) => text !== '')
    .map((text) => ({ text, passage: index, terms: new Set(termsOf(text)), titleTerms }));
}

/** The sentences of a line. One that does not end in a space goes on: `/docs?access_token=T` is one word. */
function splitSentences(line: string): string[] {
  const sentences: string[] = [];
  let open = '';
  for (const { segment } of segmenter.segment(line)) {
    open += segment;
    if (!/\s$/.test(segment)) continue;
    sentences.push(open.trim());
    open = '';
  }
  return [...sentences, open.trim()];
}

/** Rarity of each of the question's terms among the sentences at hand. */
function weigh(terms: ReadonlySet<string>, sentences: readonly Sentence[]): Map<string, number> {
  return new Map(
    [...terms].map((term) => {
      const having = sentences.filter((sentence) => sentence.terms.has(term)).length;
      return [term, Math.log(1 + (sentences.length + 1) / (having + 0.5))];
    }),
  );
}

function scoreOf({ terms, titleTerms }: Sentence, weights: ReadonlyMap<string, number>): number {
  let score = 0;
  for (const [term, weight] of weights) {
    if (terms.has(term)) score += weight;
    else if (titleTerms.has(term)) score += weight * titleShare;
  }
  return score;
}
