import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactLine } from './redaction.ts';
import { plantedSecrets } from './testing.ts';

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
    'a basic understanding of bearer bonds and basic JavaScript',
    'Unexpected token } in JSON, 12 tokens in all: token by token',
    'send a token: `Authorization: Bearer TOKEN`',
    'JWT_SECRET must be at least 32 bytes',
    '0b5f3a4e-6d1b-4c55-9d8c-2f6f0f3f5a11',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    'commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 of aws-sdk',
    'docs/handbook/secrets-and-rotation.md#how-to-rotate-the-jwt-secret',
    'sk-slovakia-travel-guide.md',
    'at file:///app/node_modules/@fastify/compress/index.js:12:7',
    'npm@11.2.0 and vitest@5.1.1 are installed',
    'a cookie jar',
    'a URL such as https://PUBLIC_KEY@HOST/PROJECT_ID',
  ])('leaves what is no secret: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(Object.entries(plantedSecrets))('hides %s wherever it stands', (_kind, { text, secret }) => {
    for (const around of ['', ' ', '"', "'", ',', '(', '\n', ': ']) {
      expect(redact(`before ${around}${text}${around} after`)).not.toContain(secret);
    }
    expect(redact(`before\n${text}\nafter`)).toMatch(/^before\n[\s\S]*\[redacted\][\s\S]*after$/);
  });

  it('hides what V8 quotes of a text that is no JSON', () => {
    for (const text of ['planted', 'what did Ada plant in the planted garden?', 'undefined', '{"a": planted}']) {
      let message = '';
      try {
        JSON.parse(text);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(redact(message)).toMatch(/\[redacted\] is not valid JSON$/);
      expect(redact(message)).not.toMatch(/plant|undefined/);
    }
  });

  it('hides all of a quotation, and of a private key that is cut off', () => {
    expect(redact('password="planted \\"in quotes\\" planted", x=1')).toBe('password=[redacted], x=1');
    expect(redact('x -----BEGIN EC PRIVATE KEY-----\nplanted\nplan')).toBe('x [redacted]');
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
    const pieces = [
      ...[
        'a',
        'eyJ',
        'api_key',
        '://',
        '://a',
        'a@',
        'a.',
        '@',
        'sk-',
        'Basic ',
        'Bearer',
        'token',
        'cookie: "',
        '"',
        '\\',
      ],
      ...[
        'api_key="',
        'token=\\"',
        'password="\\"',
        "secret='",
        'authorization: x ',
        'aws aB3/',
        '-----BEGIN PRIVATE KEY',
      ],
      ...['secret ', 'a@b.', 'xoxb-', '-----BEGIN PRIVATE KEY-----END', ' is not valid JSON', '..."'],
    ];
    for (const piece of pieces) {
      const text = `aws token= @ ${piece.repeat(Math.ceil(100_000 / piece.length))}`;
      expect(redact(`${text}"\n-----END PRIVATE KEY-----\n end`)).toMatch(/end$/);
    }
  });
});

describe('a line of the log', () => {
  const lineOf = (value: unknown) => `${JSON.stringify(value)}\n`;
  const parsed = (line: string) => JSON.parse(line) as unknown;

  it('stays as it is, byte for byte, without a secret', () => {
    const line = '{"level":"info","tokens":12,"n":1.50,"n":12345678901234567890,"msg":"the basis of all"}\n';
    expect(redactLine(line)).toBe(line);
  });

  it('hides all that is under the name of a secret, at any depth and of any kind', () => {
    const line = lineOf({
      a: { b: { c: { clientSecret: { deep: ['planted'] }, 'Set-Cookie': ['planted'], 'x-api-key': 42, tokens: 7 } } },
      'proxy-authorization': 'planted',
      id_token: null,
    });
    expect(parsed(redactLine(line))).toEqual({
      a: { b: { c: { clientSecret: '[redacted]', 'Set-Cookie': '[redacted]', 'x-api-key': '[redacted]', tokens: 7 } } },
      'proxy-authorization': '[redacted]',
      id_token: null,
    });
  });

  it('hides a secret that is the name of a member', () => {
    const { text } = plantedSecrets['a key of OpenAI'] ?? { text: '' };
    expect(parsed(redactLine(lineOf({ [text]: 1 })))).toEqual({ '[redacted]': 1 });
  });

  it('is one line of JSON without the secret, and with all else that it said, whatever it is', () => {
    const kinds = Object.values(plantedSecrets);
    // Names and texts that are no secret by themselves, such as `__proto__` and those with quotes and line feeds.
    const harmless = fc.jsonValue({ maxDepth: 3 }).filter((value) => redactLine(lineOf(value)) === lineOf(value));
    const path = fc.array(fc.constantFrom('err', 'message', 'a', '__proto__', 'q"\\\n'), {
      minLength: 1,
      maxLength: 4,
    });
    const around = fc.constantFrom('', ' ', '"', '\\', "'", '\n', '{"x":"', ': ', '\u2028');
    fc.assert(
      fc.property(harmless, path, fc.constantFrom(...kinds), around, around, (rest, names, planted, before, after) => {
        const text = `${before}${planted.text} ${after}`;
        const nested = (value: unknown) =>
          names.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), value);
        const line = redactLine(lineOf({ rest, planted: nested(text), last: rest }));
        expect(line).toMatch(/^[^\n]*\n$/);
        expect(line).not.toContain(JSON.stringify(planted.secret).slice(1, -1));
        expect(parsed(line)).toEqual({ rest, planted: nested(redact(text)), last: rest });
      }),
    );
  });
});
