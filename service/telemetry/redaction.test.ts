import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redaction.ts';

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJ0ZW5hbnQiOiJhY21lIn0.c2lnbmF0dXJlLXBsYW50ZWQ';

describe('redact', () => {
  it.each([
    `invalid token ${jwt} given`,
    `GET /docs?access_token=${jwt}&x=1`,
    'Authorization: Bearer planted-opaque-token-123',
    'authorization: basic cGxhbnRlZDpwbGFudGVk',
    'connect ECONNREFUSED redis://:planted@redis:6379',
    'cannot reach postgres://planted-user:planted-p@ss@db.internal/x',
    'https://planted@sentry.example/42 answered 403',
    'LLM_API_KEY=planted is wrong',
    'OPENAI_API_KEY: planted',
    '{"api_key":"planted, with a comma","model":"x"}',
    '{\\"password\\":\\"planted\\"}',
    "password='planted and more' failed",
    'x-api-key: planted',
    'apiKey=planted;mode=fast',
    'client_secret=planted&grant=x',
    'JWT_SECRET is set, JWT_SECRET=planted',
    'refresh_token = planted',
    'Incorrect API key provided: sk-planted0123456789. You can find your key at https://x.example',
    'Incorrect API key provided: sk-proj-planted_0123456789',
  ])('hides the secret in %s', (text) => {
    expect(redact(text)).not.toMatch(/planted|c2lnbmF0dXJl|cGxhbnRlZ|p@ss|ss@db/);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Unexpected token } in JSON at position 4',
    'the request to https://example.com/v1/chat answered 500',
    'task-force of the risk-averse',
    'a secret that nobody knows',
    'no answer within 10 s',
  ])('leaves what is no secret: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('keeps what is around a secret', () => {
    expect(redact('redis://user:pw@redis:6379 refused, api_key=abc, retry 3')).toBe(
      'redis://[redacted]@redis:6379 refused, api_key=[redacted], retry 3',
    );
  });

  it('hides a password in a URL whatever it holds', () => {
    const password = fc.stringMatching(/^[A-Za-z0-9!$&*()=+,;:@._~-]{1,20}$/);
    fc.assert(
      fc.property(password, (secret) => {
        expect(redact(`connect redis://default:${secret}@redis:6379 failed`)).toBe(
          'connect redis://[redacted]@redis:6379 failed',
        );
      }),
    );
  });

  it('comes to the end of a long text; one whose time grew with its square would not end in time', () => {
    const texts = ['a'.repeat(200_000), 'eyJ'.repeat(70_000), 'api_key'.repeat(30_000), '://'.repeat(70_000)];
    for (const text of texts) expect(redact(`${text} end`)).toMatch(/end$/);
  });
});
