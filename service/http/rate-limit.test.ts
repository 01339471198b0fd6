import { describe, expect, it } from 'vitest';
import { buildTestApp, problemIn, signToken, type TestApp } from '../testing.ts';

async function ask(
  { app }: TestApp,
  claims: { tenant: string; sub?: string },
  url = '/query',
  body: object = { question: 'q' },
) {
  const headers = { authorization: `Bearer ${await signToken(claims)}` };
  return app.inject({ method: 'POST', url, headers, payload: body });
}

const twoAMinute = () => buildTestApp({ start: false, env: { RATE_LIMIT_PER_MINUTE: '2' } });

describe('the rate limit', () => {
  it('holds for all paths together, stored answers included, and says when to ask again', async () => {
    const test = await twoAMinute();
    expect((await ask(test, { tenant: 'acme' })).json()).toMatchObject({ cached: false });
    expect((await ask(test, { tenant: 'acme' })).json()).toMatchObject({ cached: true });
    for (const [url, body] of [
      ['/query', { question: 'q' }],
      ['/v1/predict', { input: 'q' }],
    ] as const) {
      const refused = await ask(test, { tenant: 'acme' }, url, body);
      expect(refused.statusCode).toBe(429);
      const { error, retry_after } = problemIn(refused);
      expect(error).toBe('Rate limit exceeded');
      // A minute from the first, less the time that this takes on a busy machine.
      expect(retry_after).toBeGreaterThanOrEqual(30);
      expect(retry_after).toBeLessThanOrEqual(60);
      expect(refused.headers['retry-after']).toBe(String(retry_after));
    }
  });

  it('is each tenant’s own, and each subject’s in it, whatever they are called', async () => {
    const test = await twoAMinute();
    const callers = [
      { tenant: 'acme', sub: 'ann' },
      { tenant: 'acme', sub: 'bob' },
      { tenant: 'other', sub: 'ann' },
      { tenant: 'acmea', sub: 'nn' },
    ];
    for (const caller of callers) {
      expect((await ask(test, caller)).statusCode).toBe(200);
      expect((await ask(test, caller)).statusCode).toBe(200);
      expect((await ask(test, caller)).statusCode).toBe(429);
    }
  });

  it('does not count what is refused for another reason', async () => {
    const test = await twoAMinute();
    for (let i = 0; i < 3; i += 1) expect((await ask(test, { tenant: 'acme' }, '/query', {})).statusCode).toBe(400);
    expect((await ask(test, { tenant: 'acme' })).statusCode).toBe(200);
  });
});
