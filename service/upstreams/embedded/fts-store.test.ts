import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../telemetry/logger.ts';
import { sharedTenant } from '../document-store.ts';
import { openDatabase } from './database.ts';
import { FtsRetriever } from './fts-retriever.ts';
import { FtsDocumentStore } from './fts-store.ts';
import { indexOf } from './passage-index.ts';

let database: DatabaseSync;
let store: FtsDocumentStore;
beforeEach(() => {
  ({ database } = openDatabase(undefined, undefined as unknown as Logger));
  store = new FtsDocumentStore(database);
});

const text = (words: string) => ({ text: words, format: 'text' as const });
/** Passages that the index finds for a term. */
const indexed = (term: string) =>
  Number(database.prepare(`SELECT count(*) AS n FROM ${indexOf('t')} WHERE ${indexOf('t')} MATCH ?`).get(term)?.['n']);
const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);

describe('storing', () => {
  it('takes its title from the document, the first heading or the ID, in this order', async () => {
    const markdown = { text: '# Heading\n\nText.', format: 'markdown' as const };
    expect(await store.put('t', { ...markdown, title: 'Given', id: 'a' })).toMatchObject({ title: 'Given' });
    expect(await store.put('t', { ...markdown, id: 'b' })).toMatchObject({ title: 'Heading' });
    expect(await store.put('t', { ...text('Text.'), id: 'c' })).toMatchObject({ title: 'c' });
  });

  it('indexes a document anew that was stored by other rules, and so raises their number with them', async () => {
    await store.put('t', { ...text('LLMModelUnhealthy: see CACHE_TTL_SECS.'), id: 'a' });
    const terms = database.prepare('SELECT text_terms, hash FROM chunks JOIN documents ON document = id').get();
    // Whoever changes the terms here raises indexVersion in fts-store.ts.
    expect(terms).toEqual({
      text_terms: 'llmmodelunhealthi llm model unhealthi see cachettlsec cach ttl sec',
      hash: expect.stringMatching(/^5:/) as string,
    });
    database.exec("UPDATE documents SET hash = '4' || substr(hash, 2)");
    const again = await store.put('t', { ...text('LLMModelUnhealthy: see CACHE_TTL_SECS.'), id: 'a' });
    expect(again.status).toBe('replaced');
  });

  it('knows the same content again, and does nothing', async () => {
    await store.put('t', { ...text('Text.'), id: 'a' });
    const version = await store.version('t');
    const [before] = await store.list('t', 1);
    expect(await store.put('t', { ...text('Text.'), id: 'a' })).toMatchObject({ status: 'unchanged', chunks: 1 });
    expect(await store.version('t')).toBe(version);
    expect(await store.list('t', 1)).toEqual([before]);
  });

  it.each([
    ['text', text('Other.')],
    ['title', { ...text('Text.'), title: 'T' }],
    ['format', { text: 'Text.', format: 'markdown' as const }],
  ])('replaces a document whose %s is another', async (_what, document) => {
    await store.put('t', { ...text('Text.'), id: 'a' });
    expect(await store.put('t', { ...document, id: 'a' })).toMatchObject({ status: 'replaced' });
    expect([count('documents'), count('chunks')]).toEqual([1, 1]);
  });

  it('leaves nothing of what it replaced in the index', async () => {
    await store.put('t', { ...text('zeppelin'), id: 'a' });
    await store.put('t', { ...text('balloon'), id: 'a' });
    const retrieve = (question: string) =>
      new FtsRetriever(database).retrieve({
        tenant: 't',
        question,
        topK: 5,
        signal: new AbortController().signal,
      });
    expect(await retrieve('zeppelin')).toEqual([]);
    expect(await retrieve('balloon')).toHaveLength(1);
    expect(indexed('zeppelin')).toBe(0);
  });

  it('that fails half-way changes nothing', async () => {
    await store.put('t', { ...text('First text.'), id: 'a' });
    const version = await store.version('t');
    database.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(FAIL, 'disk full'); END`);
    await expect(store.put('t', { ...text('Second text.'), id: 'a' })).rejects.toThrow('disk full');
    await expect(store.put('t', { ...text('Third text.'), id: 'b' })).rejects.toThrow('disk full');
    database.exec('DROP TRIGGER full');

    expect(await store.version('t')).toBe(version);
    expect((await store.list('t', 10)).map(({ id, bytes }) => [id, bytes])).toEqual([['a', 'First text.'.length]]);
    expect([indexed('first'), indexed('second'), indexed('third')]).toEqual([1, 0, 0]);
    expect(await store.put('t', { ...text('Second text.'), id: 'a' })).toMatchObject({ status: 'replaced' });
  });
});

describe('a document that is too long', () => {
  it('is refused, and nothing of it is kept', async () => {
    const sections = '# A\n\nb\n\n'.repeat(2_001);
    await expect(store.put('t', { text: sections, format: 'markdown', id: 'a' })).rejects.toThrow(
      'the document has 2001 passages, more than one may have: split it',
    );
    expect(count('documents')).toBe(0);
  });
});

describe('removing', () => {
  it('takes document, passages and terms away', async () => {
    await store.put('t', { ...text('zeppelin'), id: 'a' });
    expect(await store.remove('t', 'a')).toBe(true);
    expect(await store.remove('t', 'a')).toBe(false);
    expect([count('documents'), count('chunks'), indexed('zeppelin')]).toEqual([0, 0, 0]);
  });

  it('never touches another tenant’s document or a shared one', async () => {
    await store.put('other', { ...text('x'), id: 'a' });
    await store.put(sharedTenant, { ...text('x'), id: 'a' });
    expect(await store.remove('t', 'a')).toBe(false);
    expect(count('documents')).toBe(2);
  });
});

describe('the version', () => {
  it('changes for the tenant whose documents change, and for all with the shared ones', async () => {
    const versions = async () => [await store.version('north'), await store.version('south')];
    const seen = [await versions()];
    const next = async () => {
      seen.push(await versions());
      return seen.slice(-2) as [string[], string[]];
    };
    await store.put('north', { ...text('x'), id: 'a' });
    let [before, after] = await next();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    await store.put(sharedTenant, { ...text('x'), id: 'a' });
    [before, after] = await next();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    await store.remove('north', 'a');
    [before, after] = await next();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });

  it('never comes back', async () => {
    const versions = new Set<string>();
    for (let i = 0; i < 10; i += 1) {
      await store.put('t', { ...text('x'), id: 'a' });
      versions.add(await store.version('t'));
      await store.remove('t', 'a');
      versions.add(await store.version('t'));
    }
    expect(versions.size).toBe(20);
  });
});

describe('the list', () => {
  it('is that of a map from ID to document, whatever happens', async () => {
    const action = fc.record({
      tenant: fc.constantFrom('t', sharedTenant, 'other'),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      words: fc.constantFrom('one', 'two', undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), async (actions, limit) => {
        const { database: fresh } = openDatabase(undefined, undefined as unknown as Logger);
        const own = new FtsDocumentStore(fresh);
        const model = new Map<string, number>();
        for (const { tenant, id, words } of actions) {
          if (words === undefined) {
            expect(await own.remove(tenant, id)).toBe(model.delete(`${id} ${tenant}`));
          } else {
            await own.put(tenant, { ...text(words), id });
            model.set(`${id} ${tenant}`, words.length);
          }
        }
        const listed: string[] = [];
        let after: string | undefined;
        for (;;) {
          const page = await own.list('t', limit, after);
          listed.push(...page.map(({ id, shared }) => `${id} ${shared ? sharedTenant : 't'}`));
          if (page.length < limit) break;
          after = page.at(-1)?.id;
        }
        expect(listed).toEqual([...model.keys()].filter((key) => !key.endsWith(' other')).sort());
        own.close();
      }),
      { numRuns: 60 },
    );
  });
});
