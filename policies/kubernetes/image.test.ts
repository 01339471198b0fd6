import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readImage } from './image.ts';

const word = fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)*$/);
const registry = fc.constantFrom(
  '',
  'localhost:5000/',
  'registry.example.com/',
  '[2001:db8::1]:5000/',
  '10.1.2.3:443/',
);
const names = fc
  .tuple(registry, fc.array(word, { minLength: 1, maxLength: 4 }))
  .map(([host, path]) => host + path.join('/'));
const tags = fc.option(fc.stringMatching(/^\w[\w.-]{0,127}$/), { nil: undefined });
const digests = fc.option(
  fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  { nil: undefined },
);

describe("an image's reference", () => {
  test('is read as it was put together', () => {
    fc.assert(
      fc.property(names, tags, digests, (name, tag, digest) => {
        const parts = { name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
        const reference = name + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
        expect(readImage(reference)).toEqual(parts);
      }),
    );
  });

  test('has a tag only after the last slash, and before a digest', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '1', ':', '/', '@', '.') }), (reference) => {
        const { name, tag, digest } = readImage(reference);
        expect(reference.startsWith(name)).toBe(true);
        expect(name.slice(name.lastIndexOf('/') + 1)).not.toMatch(/[:@]/);
        expect(tag ?? 'a').toMatch(/^[^/@]+$/);
        expect(digest ?? 'a').toMatch(/^[^@]+$/);
      }),
    );
  });

  test.each([
    ['web', { name: 'web' }],
    ['web:', { name: 'web' }],
    ['web@', { name: 'web' }],
    ['localhost:5000/web', { name: 'localhost:5000/web' }],
    ['', { name: '' }],
  ])('%j has the parts %j', (reference, parts) => {
    expect(readImage(reference)).toEqual(parts);
  });
});
