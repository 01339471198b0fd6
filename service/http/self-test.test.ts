import { describe, expect, it, vi } from 'vitest';
import { buildTestApp, problemIn, signToken } from '../testing.ts';

const url = '/self-test/cache';

const passed = { hit: true, expired: true, regenerated: true };

describe('the self-test of the cache over HTTP', () => {
  it('sees an answer found, gone after its time and made anew, and leaves nothing behind', async () => {
    const { app, as } = await buildTestApp();
    const response = await as('acme').post(url, {});
    expect([response.statusCode, response.json()]).toMatchObject([
      200,
      { enabled: true, passed: true, places: { memory: passed, question: passed } },
    ]);
    expect(response.json()).not.toHaveProperty('places.redis');
    expect((await app.inject('/health/deep')).json()).toMatchObject({ cache: { size: 0 } });
  });

  it('says what did not hold', async () => {
    const { services, as } = await buildTestApp();
    const steps = [{ step: 'removed', saw: 'stale', after_ms: 1_051 }] as const;
    const memory = { hit: true, expired: false, regenerated: true, reason: 'why', steps: [...steps] };
    vi.spyOn(services.cacheSelfTest, 'run').mockResolvedValue({ memory });
    expect((await as('acme').post(url, {})).json()).toEqual({ enabled: true, passed: false, places: { memory } });
  });

  it('tests nothing where the cache is off', async () => {
    const { as } = await buildTestApp({ env: { CACHE_ENABLED: 'false' } });
    expect((await as('acme').post(url, {})).json()).toEqual({ enabled: false, passed: false, places: {} });
  });

  it('needs the scope admin', async () => {
    const { app } = await buildTestApp();
    const authorization = `Bearer ${await signToken({ scope: 'query ingest' })}`;
    const response = await app.inject({ method: 'POST', url, headers: { authorization } });
    expect(problemIn(response)).toMatchObject({
      status: 403,
      detail: 'the token lacks the scope admin; it has: query, ingest',
    });
    expect((await app.inject({ method: 'POST', url })).statusCode).toBe(401);
  });
});

describe('a self-test that runs', () => {
  it('is the only one', async () => {
    const test = await buildTestApp();
    const first = test.as('acme').post(url, {});
    await vi.waitUntil(() => test.services.cacheSelfTest.running, 10_000);
    const second = await test.as('umbrella').post(url, {});
    expect(problemIn(second)).toMatchObject({
      status: 429,
      detail: 'a self-test of the cache runs already; ask again when it is over',
      retry_after: 3,
    });
    expect((await first).json()).toMatchObject({ passed: true });
    expect((await test.as('umbrella').post(url, {})).json()).toMatchObject({ passed: true });
  });

  it('ends with the time that its caller gives it, and leaves nothing behind', async () => {
    const test = await buildTestApp();
    const response = await test.as('acme').post(url, {}, { 'request-timeout-secs': '0.5' });
    expect(problemIn(response)).toMatchObject({ status: 504 });
    await vi.waitUntil(() => !test.services.cacheSelfTest.running, 10_000);
    expect(test.services.cache.statistics().size).toBe(0);
  });

  it('has its time whatever questions have', async () => {
    const { as } = await buildTestApp({ env: { REQUEST_TIMEOUT_SECS: '1' } });
    expect((await as('acme').post(url, {})).json()).toMatchObject({ passed: true });
  });

  it('ends when the service stops', async () => {
    const test = await buildTestApp();
    const response = test.as('acme').post(url, {});
    await vi.waitUntil(() => test.services.cacheSelfTest.running, 10_000);
    test.services.lifecycle.draining();
    test.services.lifecycle.abortRunning();
    expect(problemIn(await response)).toMatchObject({ status: 503, error: 'Service stopping' });
    await vi.waitUntil(() => !test.services.cacheSelfTest.running, 10_000);
  });
});
