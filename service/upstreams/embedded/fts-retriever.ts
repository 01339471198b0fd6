import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { sharedTenant } from '../document-store.ts';
import type { Passage, RetrievalRequest, Retriever } from '../retriever.ts';
import { hasIndex, indexOf } from './passage-index.ts';
import { namesOf, termsOf } from './terms.ts';
import { Turns } from './turns.ts';

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
  title_terms: string;
  text_terms: string;
  rank: number;
}

/** The queries of one tenant's index. */
interface IndexQueries {
  readonly frequency: StatementSync;
  readonly search: StatementSync;
}

/**
 * Finds passages by BM25 (SQLite FTS5), then drops those that cover too little of the question. The score is coverage:
 * the inverse document frequencies of the terms that the passage has, over those of all terms of the question. A term
 * that no document has weighs most, so a question about something absent is recognised as such.
 */
export class FtsRetriever implements Retriever {
  readonly #database: DatabaseSync;
  readonly #count: StatementSync;
  readonly #queries = new LRUCache<string, IndexQueries>({ max: 500 });
  readonly #turns = new Turns();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#count = database.prepare('SELECT count(*) AS chunks FROM chunks WHERE tenant IN (?, ?)');
  }

  async retrieve({ tenant, question, topK, signal }: RetrievalRequest): Promise<readonly Passage[]> {
    await this.#turns.next();
    signal.throwIfAborted();
    const queries = [tenant, sharedTenant].flatMap((owner) => this.#queriesOf(owner) ?? []);
    const weights = this.#weigh(question, tenant, queries);
    if (weights.size === 0) return [];
    const anyTerm = [...weights.keys()].map((term) => `"${term}"`).join(' OR ');
    return queries
      .flatMap(({ search }) =>
        rank(search.all(anyTerm, topK * candidatesPerPassage) as unknown as Candidate[], weights),
      )
      .filter(({ coverage }) => coverage >= minCoverage)
      .sort((a, b) => b.order - a.order)
      .slice(0, topK)
      .map(({ candidate: { id, anchor, title, text }, coverage }) => ({
        id: anchor === '' ? id : `${id}#${anchor}`,
        title,
        text,
        score: Math.round(coverage * 1000) / 1000,
      }));
  }

  /** An index, once made, stays; so only one that is not there yet is looked for again. */
  #queriesOf(owner: string): IndexQueries | undefined {
    const known = this.#queries.get(owner);
    if (known) return known;
    if (!hasIndex(this.#database, owner)) return undefined;
    const index = indexOf(owner);
    const queries = {
      frequency: this.#database.prepare(`SELECT count(*) AS chunks FROM ${index} WHERE ${index} MATCH ?`),
      search: this.#database.prepare(`
        SELECT document AS id, anchor, title, text, title_terms, text_terms, bm25(${index}, ${headingWeight}, 1) AS rank
        FROM ${index} JOIN chunks ON chunks.rowid = ${index}.rowid
        WHERE ${index} MATCH ? ORDER BY rank LIMIT ?`),
    };
    this.#queries.set(owner, queries);
    return queries;
  }

  /**
   * Inverse document frequency of each term, as in BM25 (Robertson and Zaragoza 2009, equation 3.4, kept positive), over
   * what the tenant can see.
   */
  #weigh(question: string, tenant: string, queries: readonly IndexQueries[]): Map<string, number> {
    const { chunks: visible } = this.#count.get(tenant, sharedTenant) as { chunks: number };
    const total = Math.max(visible, smallestCorpus);
    const terms = [...new Set(termsOf(question))].slice(0, maxTerms);
    const names = namesOf(question);
    const chunksWith = (phrase: string) =>
      queries.reduce((sum, { frequency }) => sum + (frequency.get(`"${phrase}"`) as { chunks: number }).chunks, 0);
    return new Map(
      terms.flatMap((term): [string, number][] => {
        const chunks = chunksWith(term);
        const parts = chunks === 0 ? names.get(term) : undefined;
        // Somebody who writes `ModelUnhealthy` may mean `LLMModelUnhealthy`, where its parts follow each other as well.
        if (parts && parts.length > 1 && chunksWith(parts.join(' ')) > 0) return [];
        const rarity = Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5));
        return [[term, chunks === 0 ? rarity * unknownWeight : rarity]];
      }),
    );
  }
}

/** Orders the candidates of one index by coverage and by their rank, compared with the best one's. */
function rank(candidates: readonly Candidate[], weights: ReadonlyMap<string, number>) {
  // SQLite's bm25() is the better the smaller, and negative.
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const best = Math.min(...candidates.map((candidate) => candidate.rank), -Number.EPSILON);
  return candidates.map((candidate) => {
    const coverage = coveredBy(candidate, weights) / whole;
    return { candidate, coverage, order: coverage + candidate.rank / best };
  });
}

function coveredBy(candidate: Candidate, weights: ReadonlyMap<string, number>): number {
  const present = new Set([...candidate.title_terms.split(' '), ...candidate.text_terms.split(' ')]);
  let covered = 0;
  for (const [term, weight] of weights) {
    if (present.has(term)) covered += weight;
  }
  return covered;
}
