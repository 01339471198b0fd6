import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerChallenge } from './challenge.ts';

const nothing = { service: undefined, scope: undefined };

describe('a challenge', () => {
  it('gives its parameters whatever their order and case', () => {
    expect(
      bearerChallenge('bearer SCOPE="repository:a/b:pull", Service=some.service , realm="https://a/token"'),
    ).toEqual({
      realm: 'https://a/token',
      service: 'some.service',
      scope: 'repository:a/b:pull',
    });
  });

  it('is that of Bearer, whichever other schemes are named before and after it', () => {
    const header =
      'Basic realm="Bearer realm=x", Negotiate abc==, Bearer realm="https://a", Digest realm="no", service="no"';
    expect(bearerChallenge(header)).toEqual({ realm: 'https://a', ...nothing });
  });

  it.each(['', 'Bearer', 'Basic realm="a"', 'Bearer service="a"', 'realm="a"'])('%j is none', (header) => {
    expect(bearerChallenge(header)).toBeUndefined();
  });

  it('gives any quoted value back as it was', () => {
    const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    const value = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(value, value, value, (realm, service, scope) => {
        const header = `Bearer realm=${quote(realm)},service=${quote(service)},scope=${quote(scope)}`;
        expect(bearerChallenge(header)).toEqual({ realm, service, scope });
      }),
    );
  });

  it('is read from any text without an error', () => {
    fc.assert(fc.property(fc.string(), (text) => void bearerChallenge(`Bearer ${text}`)));
  });
});
