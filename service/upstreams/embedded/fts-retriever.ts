import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sharedTenant } from '../document-store.ts';
import type { Passage, RetrievalRequest, Retriever } from '../retriever.ts';
import { termsOf } from './terms.ts';

/**
 * The share of a question, weighted by rarity of its words, that a passage must cover to be relevant. Chosen on the
 * handbook's question set (test/retrieval): below, questions about absent things find passages; above, paraphrases do not.
 */
export const minCoverage = 0.45;

/** A word in a heading says more about the passage than one in its body. */
const headingWeight = 3;

/** Distinct terms of a question that are looked up. */
const maxTerms = 64;

/** Candidates by BM25 that are scored by coverage, for each passage asked for. */
const candidatesPerPassage = 8;

interface Candidate {
  id: string;
  anchor: string;
  title: string;
  text: string;
  rank: number;
}

/**
 * Finds passages by BM25 (SQLite FTS5), then drops those that cover too little of the question. The score is coverage:
 * the inverse document frequencies of the terms that the passage has, over those of all terms of the question. A term
 * that no document has weighs most, so a question about something absent is recognised as such.
 */
export class FtsRetriever implements Retriever {
  readonly #count: StatementSync;
  readonly #frequency: StatementSync;
  readonly #search: StatementSync;

  constructor(database: DatabaseSync) {
    this.#count = database.prepare('SELECT count(*) AS total FROM chunks');
    this.#frequency = database.prepare('SELECT doc FROM passage_terms WHERE term = ?');
    this.#search = database.prepare(`
      SELECT document AS id, anchor, title, text, bm25(passages, ${headingWeight}, 1) AS rank
      FROM passages JOIN chunks ON chunks.rowid = passages.rowid
      WHERE passages MATCH ? AND tenant IN (?, '${sharedTenant}')
      ORDER BY rank LIMIT ?`);
  }

  async retrieve({ tenant, question, topK }: RetrievalRequest): Promise<readonly Passage[]> {
    const weights = this.#weigh(question);
    if (weights.size === 0) return [];
    const anyTerm = [...weights.keys()].map((term) => `"${term}"`).join(' OR ');
    const candidates = this.#search.all(anyTerm, tenant, topK * candidatesPerPassage) as unknown as Candidate[];
    const best = Math.max(...candidates.map(({ rank }) => -rank), Number.EPSILON);
    return candidates
      .map((candidate) => ({ candidate, coverage: coverage(candidate, weights) }))
      .filter((scored) => scored.coverage >= minCoverage)
      .sort((a, b) => b.coverage - b.candidate.rank / best - (a.coverage - a.candidate.rank / best))
      .slice(0, topK)
      .map(({ candidate: { id, anchor, title, text }, coverage: score }) => ({
        id: anchor === '' ? id : `${id}#${anchor}`,
        title,
        text,
        score: Math.round(score * 1000) / 1000,
      }));
  }

  /** Inverse document frequency of each term, as in BM25 (Robertson and Zaragoza 2009, equation 3.4, kept positive). */
  #weigh(question: string): Map<string, number> {
    const { total } = this.#count.get() as { total: number };
    const terms = [...new Set(termsOf(question))].slice(0, maxTerms);
    return new Map(
      terms.map((term) => {
        const documents = (this.#frequency.get(term) as { doc: number } | undefined)?.doc ?? 0;
        return [term, Math.log(1 + (total - documents + 0.5) / (documents + 0.5))];
      }),
    );
  }
}

function coverage(candidate: Candidate, weights: ReadonlyMap<string, number>): number {
  const present = new Set([...termsOf(candidate.title), ...termsOf(candidate.text)]);
  let covered = 0;
  let all = 0;
  for (const [term, weight] of weights) {
    all += weight;
    if (present.has(term)) covered += weight;
  }
  return covered / all;
}
