import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../pipeline/errors.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { messageOf, normalise, signatureOf } from './error-signature.ts';

const fingerprintOf = (message: string) => signatureOf(new Error(message), '/query').fingerprint;

describe('errors of one kind', () => {
  it.each([
    ['row 17 is bad', 'row 4 is bad'],
    ['at -1.5 of 3,000 bytes', 'at 27 of 2 bytes'],
    ['waited 1.5 s, 2 s, 40 s', 'waited 2 s, 3.25 s, 1 s'],
    ['of 0a1b2c3d4e5f', 'of ffffffff'],
    ['of 1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'of 00000000-0000-0000-0000-000000000000'],
    ['of req_3f9Zq1, chatcmpl-8KzP0', 'of req_A1, chatcmpl-b2c3'],
    ['connect ECONNREFUSED 10.0.0.1:6379', 'connect ECONNREFUSED 192.168.250.17:16379'],
    ['connect ECONNREFUSED 10.0.0.1:6379', 'connect ECONNREFUSED [2001:db8::ff00:42]:6379'],
    ['connect ECONNREFUSED ::1', 'connect ECONNREFUSED fe80::abcd:1'],
    ['redis.svc:6379 is away', 'redis.svc:6380 is away'],
    ['there is no "a" in it', 'there is no "quite another, with 2 words" in it'],
    ["can't read 'a' of `b`", "can't read 'c and d' of `e`"],
    ['“a” or ‘b’', '“c” or ‘d’'],
    ['since 2026-01-02', 'since 1999-12-31'],
    ['at 2026-01-02T03:04:05.678Z', 'at 2027-11-30T23:59:59Z'],
    ['at 2026-01-02 03:04:05', 'at 2027-11-30 23:59:59'],
    ['until Sat, 21 Nov 2026 14:06:22 GMT', 'until Mon, 01 Feb 2027 00:00:00 GMT'],
    ['at Sat Nov 21 2026 14:06:22 GMT+0000', 'at Wed Feb 03 2027 04:05:06 GMT+0100'],
  ])('are %s and %s', (one, other) => {
    expect(normalise(other)).toBe(normalise(one));
    expect(fingerprintOf(other)).toBe(fingerprintOf(one));
  });

  it('have one fingerprint whatever numbers, IDs, addresses, times and quoted words are in them', () => {
    const quoted = fc.string({ maxLength: 50 }).map((text) => JSON.stringify(text.replaceAll('"', '')));
    const some = fc.record({
      number: fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      id: fc.uuid(),
      address: fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((address) => `[${address}]`),
      ),
      port: fc.integer({ min: 1, max: 65_535 }),
      date: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-01-01') }),
      quoted,
    });
    const messages = some.map(
      ({ number, id, address, port, date, quoted }) =>
        `${id} failed ${number} times at ${date.toISOString()} on ${address}:${port} with ${quoted}, not since ${date.toUTCString()}`,
    );
    fc.assert(
      fc.property(messages, messages, (one, other) => {
        expect(normalise(other)).toBe(normalise(one));
        expect(fingerprintOf(other)).toBe(fingerprintOf(one));
      }),
    );
  });
});

describe('errors of two kinds', () => {
  it('differ in class, route, dependency or message', () => {
    const signatures = [
      signatureOf(new Error('a'), '/query'),
      signatureOf(new TypeError('a'), '/query'),
      signatureOf(new Error('a'), '/costs'),
      signatureOf(new Error('b'), '/query'),
      signatureOf(new Error('a', { cause: new UpstreamError('redis', 'timeout', 'a') }), '/query'),
      signatureOf(new Error('a', { cause: new UpstreamError('qdrant', 'timeout', 'a') }), '/query'),
    ];
    expect(new Set(signatures.map(({ fingerprint }) => fingerprint)).size).toBe(signatures.length);
  });

  it('differ by their dependency whatever else they say', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(names, fc.string(), ([one = '', other = ''], what) => {
        const fingerprint = (upstream: string) =>
          signatureOf(new UnavailableError(what, 1, new UpstreamError(upstream, 'server', '')), '/query').fingerprint;
        expect(fingerprint(other)).not.toBe(fingerprint(one));
      }),
    );
  });

  it.each([
    ['the cache is away', 'the model is away'],
    ['std::bad allocation', 'std::good allocation'],
    ["the client's body isn't whole", "the client's head isn't whole"],
  ])('are %s and %s', (one, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(one));
  });
});

describe('the dependency of an error', () => {
  it('is the upstream that it is, or that its causes name', () => {
    const upstream = new UpstreamError('mistral', 'server', 'answered with status 500');
    expect(signatureOf(upstream, '/query').dependency).toBe('mistral');
    const wrapped = new UnavailableError('nothing can answer', 1, new Error('twice', { cause: upstream }));
    expect(signatureOf(wrapped, '/query').dependency).toBe('mistral');
  });

  it('is nobody’s where no upstream failed, or where causes go in a circle', () => {
    const error = new Error('a', { cause: 'text' });
    expect(signatureOf(error, '/query').dependency).toBeNull();
    error.cause = error;
    expect(signatureOf(error, '/query').dependency).toBeNull();
  });
});

describe('the message of an error', () => {
  it('is kept without secrets, in 2,000 characters', () => {
    expect(messageOf(new Error('cannot reach redis://:planted@host'))).toBe('cannot reach redis://[redacted]@host');
    const words = 'word '.repeat(399);
    expect(messageOf(new Error(`${words}exact`))).toBe(`${words}exact`);
    const long = messageOf(new Error(words.repeat(100)));
    expect(long).toHaveLength(2_000);
    expect(long.endsWith('…')).toBe(true);
  });

  it('holds no half of a secret where it was cut', () => {
    for (let before = 3_960; before < 4_010; before += 1) {
      const secret = 'redis://:planted@host';
      const token = 'eyJhbGciOiJIUzI1NiJ9.';
      // What is redacted makes room, so that the end of what is read is seen.
      const text = `${token}${'x'.repeat(before - token.length)} ${secret} ${'more '.repeat(100)}`;
      expect(messageOf(new Error(text))).not.toContain('planted');
    }
  });

  it('may be of megabytes, or in one word, or broken', () => {
    expect(messageOf(new Error('x'.repeat(5_000_000)))).toBe('…');
    expect(messageOf(new Error('😀 '.repeat(5_000))).isWellFormed()).toBe(true);
    expect(signatureOf(Object.assign(new Error(), { message: { a: 1 }, name: 5 }), '/query')).toMatchObject({
      error: '5',
      message: '[object Object]',
    });
    expect(signatureOf(Object.assign(new Error('a'), { name: 'N'.repeat(5_000) }), '/query').error).toHaveLength(100);
  });
});
