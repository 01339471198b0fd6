import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { syncCorpus } from '../../service/ingest/corpus.ts';
import type { DocumentStore } from '../../service/upstreams/document-store.ts';
import { openDatabase } from '../../service/upstreams/embedded/database.ts';
import { ExtractiveModel } from '../../service/upstreams/embedded/extractive-model.ts';
import { FtsRetriever } from '../../service/upstreams/embedded/fts-retriever.ts';
import { FtsDocumentStore } from '../../service/upstreams/embedded/fts-store.ts';
import { root } from '../processes.ts';

/** The embedded stack with docs/ as its corpus. */
export interface Documentation {
  readonly store: DocumentStore;
  /** Asks as the pipeline does, with the defaults of a question; the citations in the order of the answer. */
  readonly ask: (question: string) => Promise<{ readonly answer: string; readonly citations: readonly string[] }>;
}

/** Reads docs/ before the first test of a file. */
export function useDocumentation(): Documentation {
  const { database } = openDatabase(undefined, pino({ level: 'silent' }));
  const store = new FtsDocumentStore(database);
  const retriever = new FtsRetriever(database);
  const model = new ExtractiveModel();
  beforeAll(async () => {
    await syncCorpus(join(root, 'docs'), store);
  });
  afterAll(() => {
    store.close();
  });
  const ask = async (question: string) => {
    const { signal } = new AbortController();
    const passages = await retriever.retrieve({ tenant: 'test', question, topK: 5, signal });
    const { text, used } = await model.generate({ question, passages, mode: 'balanced', signal });
    return { answer: text, citations: used.flatMap((index) => passages.slice(index, index + 1)).map(({ id }) => id) };
  };
  return { store, ask };
}

/** The page that a citation leads to. */
export const pageOf = (citation: string): string => citation.split('#')[0] ?? '';
