import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { syncCorpus } from '../../service/ingest/corpus.ts';
import { openDatabase } from '../../service/upstreams/embedded/database.ts';
import { ExtractiveModel } from '../../service/upstreams/embedded/extractive-model.ts';
import { FtsRetriever } from '../../service/upstreams/embedded/fts-retriever.ts';
import { FtsDocumentStore } from '../../service/upstreams/embedded/fts-store.ts';
import { root } from '../processes.ts';

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

/** The pages that the embedded stack cites, the one that it thinks most of first. */
async function citedPages(question: string): Promise<string[]> {
  const { signal } = new AbortController();
  const passages = await retriever.retrieve({ tenant: 'test', question, topK: 5, signal });
  const { used } = await model.generate({ question, passages, mode: 'balanced', signal });
  return used.flatMap((index) => passages[index]?.id.split('#')[0] ?? []);
}

const alerts = [
  ...new Set(draftGroups().flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? rule.alert : [])))),
];

test.each(alerts)('the page of %s is cited when somebody asks what to do', async (alert) => {
  const page = `docs/runbook/${alert}.md`;
  expect(existsSync(join(root, page))).toBe(true);
  expect(await citedPages(`What do I do when ${alert} fires?`)).toContain(page);
});

test('the page is cited also when the name is not quite right', async () => {
  expect(await citedPages('what do I do when ModelUnhealthy fires?')).toContain('docs/runbook/LLMModelUnhealthy.md');
});
