import { metrics } from '../contract/metrics.ts';
import { redact } from './redaction.ts';

/** Questions that are shown. */
const shown = metrics.rag_top_questions.labels.question.bounded;

/** Questions that are counted. At 420 or more, those that are shown hold each that is a 20th of all. */
const counters = 500;

/** Characters of a question that are shown. */
const maxLength = 80;

interface Count {
  /** How often it was asked at most. */
  readonly atMost: number;
  /** What it took over from the question whose place it has: it may be that much too high. */
  readonly error: number;
}

/**
 * Counts the most frequent questions in bounded memory, by the Space-Saving algorithm: a new question takes the place of
 * the rarest one and its count. Of N questions, whichever was asked N/20 times is among the 20 that are shown.
 *
 * @see Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams (2005)
 */
export class TopQuestions {
  readonly #counts = new Map<string, Count>();

  /** Counts a question. What is kept is redacted, on one line, and cut at 80 characters. */
  note(question: string): void {
    const text = labelOf(question);
    const known = this.#counts.get(text);
    if (known !== undefined) {
      this.#counts.set(text, { ...known, atMost: known.atMost + 1 });
    } else if (this.#counts.size < counters) {
      this.#counts.set(text, { atMost: 1, error: 0 });
    } else {
      const [rarest, { atMost }] = this.#rarest();
      this.#counts.delete(rarest);
      this.#counts.set(text, { atMost: atMost + 1, error: atMost });
    }
  }

  /** The most frequent questions, at most 20, each with how often it was asked at least. */
  top(): ReadonlyMap<string, number> {
    const counted = [...this.#counts].map(([text, { atMost, error }]) => [text, atMost - error] as const);
    return new Map(counted.sort(([, a], [, b]) => b - a).slice(0, shown));
  }

  #rarest(): [string, Count] {
    let rarest: [string, Count] = ['', { atMost: Infinity, error: 0 }];
    for (const entry of this.#counts) {
      if (entry[1].atMost < rarest[1].atMost) rarest = entry;
    }
    return rarest;
  }
}

/** Redacted before it is cut: what is left of a secret no longer looks like one. */
function labelOf(question: string): string {
  const line = redact(question.toWellFormed()).replace(/\s+/g, ' ').trim();
  // A character takes up to two units, and half of one is none.
  return Array.from(line.slice(0, 2 * maxLength))
    .slice(0, maxLength)
    .join('')
    .trimEnd();
}
