import { stemmer } from 'stemmer';

/**
 * English function words and question words: they are in every passage and say nothing about which one answers.
 * The list is short on purpose; a word that is missing here merely weighs little, because it is frequent.
 */
const stopWords = new Set(
  `a about after all also am an and any are as at be because been before being but by can could did do does doing done
  each else ever few for from get gets give gives go got had has have having he her here hers him his how i if in into
  is it its itself just kind let like many may me might mine more most much must my no nor not of off on once one only or
  other our ours out over own please same she should so some such tell than that the their them then there these they
  thing things this those to too under until us use used uses using very want was way we were what when where whether
  which while who whom whose why will with would you your yours`.split(/\s+/),
);

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Between the words of a name; in `JSONFallback` before the F. `APIs` is one word. */
const wordBoundary = /[_.:]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})/;

/**
 * The terms of a text in order, as they are indexed and asked for: lower case, accents folded, stemmed (Porter 1980),
 * without stop words and words such as `don't`. A name such as `REQUEST_TIMEOUT_SECS`, `retryAfter` or
 * `LLMModelUnhealthy` gives itself and its parts.
 */
export function termsOf(text: string): string[] {
  return wordsOf(text).flatMap((parts) => (parts.length > 1 ? [parts.join(''), ...parts] : parts).flatMap(termOf));
}

/** The terms that are names as a whole, each with the terms of its parts in order. */
export function namesOf(text: string): ReadonlyMap<string, readonly string[]> {
  const names = wordsOf(text).filter((parts) => parts.length > 1);
  return new Map(
    names.flatMap((parts) => termOf(parts.join('')).map((name): [string, string[]] => [name, parts.flatMap(termOf)])),
  );
}

/** The parts of each word: one, unless it is a name. */
function wordsOf(text: string): string[][] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/(?<!\p{L})\p{L}+n['’]t(?!\p{L})/giu, ' ')
    .replace(/(?<=\p{L})['’]\p{L}+/gu, '');
  const words: string[][] = [];
  for (const { segment, isWordLike } of segmenter.segment(plain)) {
    if (isWordLike) words.push(segment.split(wordBoundary).filter((part) => part !== ''));
  }
  return words;
}

/** None for a stop word. */
function termOf(word: string): string[] {
  const lower = word.toLowerCase();
  if (stopWords.has(lower)) return [];
  // SQLite's tokenizer keeps letters and digits; anything else would split the term when it is indexed.
  const term = stemmer(lower).replace(/[^\p{L}\p{N}]/gu, '');
  return term === '' ? [] : [term];
}
