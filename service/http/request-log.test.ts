import { beforeAll, describe, expect, it } from 'vitest';
import { buildTestApp, signToken, type TestApp } from '../testing.ts';

const question = 'What is the planted-question about zeppelins?';
const text = 'A zeppelin is a planted-answer with zeppelins.';

let test: TestApp;
beforeAll(async () => {
  test = await buildTestApp();
  await test.as('acme').post('/v1/documents', { id: 'z', text });
});

/** The last line about a request. */
const lastLine = () => test.log().findLast(({ msg }) => msg === 'request');

describe('the line of a request', () => {
  it('says who asked what kind of thing, and what it took', async () => {
    const answer = await test.as('acme').ask(question, { mode: 'fast', priority: 'low' });

    expect(lastLine()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      service: 'ballast',
      version: '0.0.0-test',
      msg: 'request',
      request_id: answer.request_id,
      trace_id: answer.trace_id,
      tenant: 'acme',
      method: 'POST',
      route: '/query',
      status: 200,
      duration_ms: expect.any(Number) as number,
      model: 'embedded-extractive',
      mode: 'fast',
      variant: 'default',
      priority: 'low',
      degradation: 'full',
      tokens: answer.tokens.input + answer.tokens.output,
      cost_usd: 0,
      cache: 'miss',
    });
  });

  it('says when the cache answered', async () => {
    await test.as('acme').ask(question);
    await test.as('acme').ask(question);
    expect(lastLine()).toMatchObject({ cache: 'hit', tokens: 0 });
  });

  it('names the route, not the path, and the kind of error', async () => {
    await test.as('acme').remove('/v1/documents/planted-id');
    expect(lastLine()).toMatchObject({ route: '/v1/documents/:id', status: 404, error: 'not_found', level: 'info' });
    await test.app.inject('/planted-path?x=planted');
    expect(lastLine()).toMatchObject({ route: 'unknown', status: 404, error: 'not_found' });
    expect(lastLine()).not.toHaveProperty('tenant');
  });

  it.each(['/health', '/health/ready', '/ready', '/metrics'])('is at debug for the probe %s', async (url) => {
    await test.app.inject(url);
    expect(lastLine()).toMatchObject({ level: 'debug', route: url });
  });

  it('is one line for each request', async () => {
    const before = test.log().length;
    await test.app.inject('/');
    await test.app.inject('/costs');
    expect(test.log()).toHaveLength(before + 2);
  });
});

describe('the whole log', () => {
  it('holds no question, answer, document, header or token', async () => {
    const token = await signToken({ tenant: 'acme' });
    const headers = {
      authorization: `Bearer ${token}`,
      'x-planted': 'planted-header',
      cookie: 'a=planted-cookie',
      'user-agent': 'planted-agent',
      'content-type': 'application/json',
    };
    for (const payload of [{ question }, { question, mode: 'planted-mode' }, { question: 'planted\u0000' }]) {
      await test.app.inject({ method: 'POST', url: '/query?planted=1', headers, payload });
    }
    await test.app.inject({ method: 'POST', url: '/query', headers, payload: '{"question": "planted' });

    const log = JSON.stringify(test.log());
    expect(log).not.toMatch(/planted|zeppelin/i);
    expect(log).not.toContain(token.slice(0, 20));
  });
});
