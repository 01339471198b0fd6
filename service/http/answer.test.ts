import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { defaultModelTable } from '../contract/models.ts';
import { buildTestApp, modelThat, signToken } from '../testing.ts';

const yes = { text: 'yes', used: [], inputTokens: 10, outputTokens: 5 };

describe('a client that leaves', () => {
  it.each([
    ['that waits for its answer', { stream: false }],
    ['that reads a stream', { stream: true }],
  ])('%s ends the call to the model, which is paid, and is no failure', async (_who, how) => {
    const begun = Promise.withResolvers<AbortSignal>();
    const model = modelThat(({ signal }) => {
      begun.resolve(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    const { app, services } = await buildTestApp({ model });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const headers = { authorization: `Bearer ${await signToken()}`, 'content-type': 'application/json' };
    const { port } = app.server.address() as AddressInfo;
    const client = request({ host: '127.0.0.1', port, method: 'POST', path: '/query', headers, agent: false });
    client.on('error', () => undefined).end(JSON.stringify({ question: 'q', ...how }));

    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    client.destroy();
    await expect.poll(() => signal.aborted).toBe(true);
    await expect.poll(() => services.ledger.report().total.requests).toBe(1);
    expect([...services.catalogue.gates.values()].map(({ breaker }) => breaker.state)).toEqual(['closed']);
  });
});

describe('the priority of a question', () => {
  it.each([
    ['low', 'high', 'low'],
    ['normal', 'high', 'normal'],
    [undefined, 'high', 'normal'],
    ['high', 'low', 'low'],
    ['high', undefined, 'high'],
    ['low', undefined, 'low'],
  ])('of a token that allows %s, asked with %s, is %s', async (allowed, asked, priority) => {
    const { app, log } = await buildTestApp({ start: false });
    const headers = { authorization: `Bearer ${await signToken({ priority: allowed })}` };
    const payload = { question: 'q', priority: asked };
    expect((await app.inject({ method: 'POST', url: '/query', headers, payload })).statusCode).toBe(200);
    expect(log().find(({ msg }) => msg === 'request')).toMatchObject({ priority });
  });
});

describe('the variant', () => {
  const variants = { a: { weight: 1, models: {} }, b: { weight: 1, models: {} } };
  const build = () =>
    buildTestApp({ model: modelThat(async () => yes), modelTable: { ...defaultModelTable, variants }, start: false });

  it('is one and the same for all questions of a session', async () => {
    const client = (await build()).as('acme');
    const sessions = Array.from({ length: 8 }, (_, number) => `session-${number}`);
    const chosen = new Set<string>();
    for (const session_id of sessions) {
      const asked = [await client.ask('one', { session_id }), await client.ask('two', { session_id })];
      const predicted = await client.post('/v1/predict', { input: 'three', session_id });
      const given = [...asked, predicted.json<{ variant: string }>()].map(({ variant }) => variant);
      expect(new Set(given).size).toBe(1);
      chosen.add(given[0] ?? '');
    }
    // One in a hundred and twenty-eight would be the same for all; these are not.
    expect(chosen).toEqual(new Set(['a', 'b']));
  });
});
