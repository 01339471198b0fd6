import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTestApp, problemIn, signToken, type TestApp } from '../testing.ts';

const documents = '/v1/documents';
const corpus = mkdtempSync(join(tmpdir(), 'ballast-corpus-'));
writeFileSync(join(corpus, 'shared.md'), '# Shared\n\nLighthouses warn ships of rocks.');
afterAll(() => rmSync(corpus, { recursive: true }));
const sharedId = `${corpus.split('/').at(-1)}/shared.md`;

interface Listed {
  documents: { id: string; title: string; chunks: number; bytes: number; updated_at: string; shared: boolean }[];
  next: string | null;
}

let test: TestApp;
beforeAll(async () => {
  test = await buildTestApp({ env: { CORPUS_DIR: corpus } });
});

/** A client whose tenant no other test uses. */
let tenants = 0;
const newTenant = () => test.as(`tenant-${(tenants += 1)}`);

describe('storing a document', () => {
  it('creates it, then leaves it alone, then replaces it', async () => {
    const client = newTenant();
    const body = { id: 'a.md', text: '# Anchors\n\nAn anchor holds a ship.' };

    const created = await client.post(documents, body);
    expect(created.statusCode).toBe(201);
    expect(created.json()).toEqual({ id: 'a.md', title: 'Anchors', chunks: 1, status: 'created' });

    const again = await client.post(documents, body);
    expect(again.statusCode).toBe(200);
    expect(again.json()).toEqual({ id: 'a.md', title: 'Anchors', chunks: 1, status: 'unchanged' });

    const changed = await client.post(documents, { ...body, text: '# Sails\n\nA sail catches wind.' });
    expect(changed.statusCode).toBe(200);
    expect(changed.json()).toEqual({ id: 'a.md', title: 'Sails', chunks: 1, status: 'replaced' });
  });

  it('without an ID names it by its content', async () => {
    const client = newTenant();
    const first = (await client.post(documents, { text: 'A keel keeps a ship upright.' })).json<{ id: string }>();
    const second = (await client.post(documents, { text: 'A keel keeps a ship upright.' })).json<{ id: string }>();

    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toMatchObject({ id: first.id, status: 'unchanged' });
  });

  it('makes it answer at once, under its own title', async () => {
    const client = newTenant();
    await client.ask('What does a rudder steer?');
    await client.post(documents, { id: 'r', title: 'Rudders', text: 'A rudder steers a ship.', format: 'text' });

    const answer = await client.ask('What does a rudder steer?');
    expect(answer).toMatchObject({ cached: false, citations: [{ id: 'r', title: 'Rudders' }] });
  });

  it.each([
    ['no text', {}, 'text'],
    ['blank text', { text: ' \n' }, 'text'],
    ['a NUL in the text', { text: 'a\u0000b' }, 'text'],
    ['half a surrogate pair', '{"text":"a\\udc00"}', 'text'],
    ['an ID with a line end', { id: 'a\nb', text: 'x' }, 'id'],
    ['an ID that starts with _', { id: '_shared', text: 'x' }, 'id'],
    ['an ID that is too long', { id: 'a'.repeat(256), text: 'x' }, 'id'],
    ['an empty title', { title: '', text: 'x' }, 'title'],
    ['a title that is too long', { title: 'a'.repeat(201), text: 'x' }, 'title'],
    ['an unknown format', { format: 'pdf', text: 'x' }, 'format'],
    ['an unknown field', { tenant: 'other', text: 'x' }, 'body'],
  ])('with %s is 400', async (_why, body, field) => {
    const response = await newTenant().post(documents, body);
    expect(problemIn(response).errors?.map((error) => error.field)).toEqual([field]);
    expect(response.statusCode).toBe(400);
  });

  it('that is compressed to slip under the body limit is 413', async () => {
    const { gzipSync } = await import('node:zlib');
    const headers = {
      authorization: `Bearer ${await signToken()}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    };
    const payload = gzipSync(JSON.stringify({ text: 'a'.repeat(20_000_000) }));
    const response = await test.app.inject({ method: 'POST', url: documents, headers, payload });
    expect(problemIn(response).status).toBe(413);
  });
});

describe('deleting a document', () => {
  it('is 204, and it is neither cited nor answered from the cache any more', async () => {
    const client = newTenant();
    const question = 'What does a compass show?';
    await client.post(documents, { id: 'sea/compass.md', text: 'A compass shows north.' });
    expect((await client.ask(question)).citations).toHaveLength(1);
    expect(await client.ask(question)).toMatchObject({ cached: true, citations: [{ id: 'sea/compass.md' }] });

    const response = await client.remove(`${documents}/${encodeURIComponent('sea/compass.md')}`);
    expect(response.statusCode).toBe(204);
    expect(response.body).toBe('');
    expect(await client.ask(question)).toMatchObject({ cached: false, citations: [] });
    expect((await client.get(documents)).json<Listed>().documents.map(({ id }) => id)).toEqual([sharedId]);
  });

  it('that is not there is 404', async () => {
    const response = await newTenant().remove(`${documents}/nothing.md`);
    expect(problemIn(response)).toMatchObject({ status: 404, detail: 'there is no document "nothing.md"' });
  });

  it('of another tenant is 404, and leaves it there', async () => {
    const owner = newTenant();
    await owner.post(documents, { id: 'mine.md', text: 'Barnacles grow on hulls.' });
    expect((await newTenant().remove(`${documents}/mine.md`)).statusCode).toBe(404);
    expect((await owner.ask('Where do barnacles grow?')).citations).toHaveLength(1);
  });

  it('of the shared corpus is 403, and leaves it there', async () => {
    const client = newTenant();
    const response = await client.remove(`${documents}/${encodeURIComponent(sharedId)}`);
    expect(problemIn(response)).toMatchObject({ status: 403, detail: expect.stringContaining('CORPUS_DIR') as string });
    expect((await client.ask('What do lighthouses warn of?')).citations[0]?.id).toBe(`${sharedId}#shared`);
  });
});

describe('the list of documents', () => {
  it('says what each one is', async () => {
    const client = newTenant();
    await client.post(documents, { id: 'z.md', text: '# Zürich\n\nA city.' });

    const { documents: listed } = (await client.get(documents)).json<Listed>();
    expect(listed).toEqual([
      expect.objectContaining({ id: sharedId, shared: true }),
      { id: 'z.md', title: 'Zürich', chunks: 1, bytes: 18, updated_at: expect.any(String) as string, shared: false },
    ]);
    const age = Date.now() - Date.parse(listed[1]?.updated_at ?? '');
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60_000);
  });

  it('comes in pages that together hold each document once', async () => {
    const client = newTenant();
    const ids = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    // One that has the ID of a shared one: both are listed.
    for (const id of [...ids, sharedId]) await client.post(documents, { id, text: `Document ${id}` });

    for (const limit of [1, 2, 3, 8, 9, 100]) {
      const seen: string[] = [];
      let after: string | null = '';
      for (let page = 0; after !== null; page += 1) {
        expect(page).toBeLessThan(20);
        const response = await client.get(`${documents}?limit=${limit}&after=${encodeURIComponent(after)}`);
        const body: Listed = response.json();
        seen.push(...body.documents.map(({ id, shared }) => `${id} ${shared}`));
        after = body.next;
      }
      const expected = [...ids.map((id) => `${id} false`), `${sharedId} true`, `${sharedId} false`];
      expect(seen.sort()).toEqual(expected.sort());
    }
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'limit=1&limit=2', 'page=2'])(
    'refuses ?%s',
    async (query) => {
      const response = await newTenant().get(`${documents}?${query}`);
      expect(problemIn(response).status).toBe(400);
    },
  );
});

describe('tenants', () => {
  it('all find the shared corpus', async () => {
    for (const client of [newTenant(), newTenant()]) {
      expect((await client.ask('What do lighthouses warn ships of?')).answer).toContain('warn ships of rocks');
    }
  });

  it('never see a word of another tenant, whatever is stored and asked', async () => {
    const word = fc.constantFrom('anchor', 'sail', 'mast', 'keel', 'hull', 'deck');
    const document = fc.record({
      owner: fc.constantFrom('north', 'south'),
      id: fc.constantFrom('a', 'b', 'c'),
      words: fc.array(word, { minLength: 1, maxLength: 4 }),
      removed: fc.boolean(),
    });
    const question = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 1, maxLength: 8 }),
        fc.array(question, { minLength: 1, maxLength: 4 }),
        async (stored, questions) => {
          run += 1;
          const clients = { north: test.as(`north-${run}`), south: test.as(`south-${run}`) };
          for (const { owner, id, words, removed } of stored) {
            // Every text names its owner, so that it is known wherever it turns up.
            const text = `The ${words.join(' ')} of ${owner}land.`;
            await clients[owner].post(documents, { id, text, title: `From ${owner}land` });
            if (removed) await clients[owner].remove(`${documents}/${id}`);
          }
          for (const text of [...questions, ...questions, 'northland', 'southland']) {
            for (const [name, other] of [
              ['north', 'southland'],
              ['south', 'northland'],
            ] as const) {
              const { answer, citations } = await clients[name].ask(text);
              expect(JSON.stringify([answer, citations])).not.toContain(other);
              expect((await clients[name].get(documents)).body).not.toContain(other);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 20_000);
});

it('DELETE with a content type and no body is an ordinary DELETE', async () => {
  const { app, as } = await buildTestApp();
  await as('acme').post('/v1/documents', { id: 'a', text: 'Text.' });
  const headers = {
    authorization: `Bearer ${await signToken({ tenant: 'acme' })}`,
    'content-type': 'application/json',
  };
  expect((await app.inject({ method: 'DELETE', url: '/v1/documents/a', headers })).statusCode).toBe(204);
});
