import { expect, it } from 'vitest';
import { sharedTenant } from '../document-store.ts';
import type { QdrantConnection } from './connection.ts';
import { QdrantRetriever } from './retriever.ts';

it('searches what the tenant owns and what is shared, and nothing else', async () => {
  const searched: unknown[] = [];
  const api = {
    search: async (_collection: string, query: { filter: { must: unknown[] } }) => {
      searched.push(query.filter.must);
      return [];
    },
  };
  const connection = { api, passages: 'p', setUp: async () => undefined } as unknown as QdrantConnection;
  const retriever = new QdrantRetriever(connection, { embed: async () => [Float32Array.of(1)] });
  const { signal } = new AbortController();
  await retriever.retrieve({ tenant: 'acme', question: 'q', topK: 5, signal });
  expect(searched).toEqual([[{ key: 'tenant', match: { any: ['acme', sharedTenant] } }]]);
});
