import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaLimitProblems } from './schema-limits.ts';

const problemsOf = (schema: unknown, strict = true) => schemaLimitProblems(schema, strict);

/** A schema of so many levels, each in the `properties` of the one around it. */
function levels(count: number): unknown {
  return count === 1 ? {} : { properties: { a: levels(count - 1) } };
}

describe('a schema within the limits', () => {
  it.each([
    ['the empty one', {}],
    ['true', true],
    ['16 levels of schemas', levels(16)],
    ['300 schemas', { anyOf: Array.from({ length: 299 }, () => true) }],
    ['16 KiB', { description: 'x'.repeat(16_384 - '{"description":""}'.length) }],
    ['250 values', { enum: Array.from({ length: 250 }, (_, index) => index) }],
    ['a pattern of 256 characters', { pattern: 'x'.repeat(256) }],
    ['names that look like keywords', { properties: { $id: {}, id: {}, unknown: {}, constructor: {} } }],
    ['data that looks like a schema', { default: { $ref: 'http://example.com' }, enum: [{ $id: 'x' }] }],
    ['a reference to itself, further into the value', { properties: { child: { $ref: '#' } } }],
    ['a reference by pointer', { $defs: { 'a/b c': {} }, $ref: '#/$defs/a~1b%20c' }],
    ['a reference by name', { $defs: { a: { $anchor: 'name' } }, $ref: '#name' }],
    ['dependencies of draft 7', { dependencies: { a: ['b'], c: { required: ['d'] } } }],
    ['a large count', { maxLength: 2_147_483_647, minItems: 1_000_000 }],
  ])('has no problem: %s', (_name, schema) => {
    expect(problemsOf(schema)).toEqual([]);
  });

  it.each([
    'https://json-schema.org/draft/2020-12/schema',
    'https://json-schema.org/draft/2019-09/schema',
    'http://json-schema.org/draft-07/schema#',
    'http://json-schema.org/draft-07/schema',
    'http://json-schema.org/draft-06/schema#',
  ])('may say that it is of %s', ($schema) => {
    expect(problemsOf({ $schema })).toEqual([]);
  });
});

describe('a schema over the limits', () => {
  const only = (pointer: string, message: string) => [{ pointer, message }];

  it.each([
    ['text', 'x', only('', 'must be a JSON Schema: an object, true or false')],
    ['a list', [], only('', 'must be a JSON Schema: an object, true or false')],
    ['null', null, only('', 'must be a JSON Schema: an object, true or false')],
    [
      'a byte over 16 KiB',
      { description: 'x'.repeat(16_385 - '{"description":""}'.length) },
      only('', 'is longer than 16384 bytes of JSON'),
    ],
    ['6,000 characters of 3 bytes', { description: '€'.repeat(6_000) }, only('', 'is longer than 16384 bytes of JSON')],
    ['17 levels', levels(17), only('/properties/a'.repeat(16), 'is more than 16 levels of schemas deep')],
    ['301 schemas', { anyOf: Array.from({ length: 300 }, () => true) }, only('', 'holds more than 300 schemas')],
    ['251 values', { enum: Array.from({ length: 251 }) }, only('/enum', 'has 251 values; at most 250 are allowed')],
    [
      'a pattern of 257 characters',
      { properties: { a: { pattern: 'x'.repeat(257) } } },
      only('/properties/a/pattern', 'is a pattern of 257 characters; at most 256 are allowed'),
    ],
    [
      'a pattern of 257 characters as a name',
      { patternProperties: { ['x'.repeat(257)]: {} } },
      only(`/patternProperties/${'x'.repeat(257)}`, 'is a pattern of 257 characters; at most 256 are allowed'),
    ],
    ['a remote reference', { $ref: 'https://example.com/a' }, only('/$ref', 'must be local, such as #/$defs/name')],
    ['a file', { items: { $ref: 'a.json' } }, only('/items/$ref', 'must be local, such as #/$defs/name')],
    [
      'a reference into data',
      { default: { type: 'string' }, $ref: '#/default' },
      only('/$ref', 'leads to no schema within this one; put what it needs under $defs'),
    ],
    [
      'a reference that is no URI',
      { $ref: '#%' },
      only('/$ref', 'leads to no schema within this one; put what it needs under $defs'),
    ],
    ['an endless reference', { $ref: '#' }, only('', 'refers to itself without end')],
    [
      'an endless reference by a detour',
      { properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { anyOf: [{ $ref: '#/properties/a' }] } } },
      only('/properties/a', 'refers to itself without end'),
    ],
    ['an unknown keyword', { items: { minimun: 1 } }, only('/items/minimun', 'is no keyword of JSON Schema 2020-12')],
    [
      'an unknown draft',
      { $schema: 'https://example.com/schema' },
      only('/$schema', 'must be the URI of draft 2020-12, 2019-09, 7 or 6; leave it out for 2020-12'),
    ],
    [
      'a draft inside',
      { items: { $schema: 'http://json-schema.org/draft-07/schema#' } },
      only('/items/$schema', 'is only allowed at the root'),
    ],
    ['a list of items', { items: [{}] }, only('/items', 'must be one schema; a list of them is prefixItems')],
    ['a count below 0', { minLength: -1 }, only('/minLength', 'must be an integer from 0 to 1000000')],
    ['a broken count', { maxItems: 1.5 }, only('/maxItems', 'must be an integer from 0 to 9007199254740991')],
    ['a count that none reaches', { minItems: 1_000_001 }, only('/minItems', 'must be an integer from 0 to 1000000')],
    [
      'a name that the validator leaves out',
      { properties: JSON.parse('{"__proto__": {}}') as unknown },
      only('/properties/__proto__', 'is a name that cannot be checked'),
    ],
  ])('says what is wrong and where: %s', (_name, schema, expected) => {
    expect(problemsOf(schema)).toEqual(expected);
  });

  it.each([
    ...['$id', 'id', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$vocabulary', '$async'],
  ])('may not have %s, strict or not', (keyword) => {
    const message = 'is not allowed: a schema stands for itself, and refers within itself by $ref';

    expect(problemsOf({ not: { [keyword]: '#' } }, true)).toEqual([{ pointer: `/not/${keyword}`, message }]);
    expect(problemsOf({ not: { [keyword]: '#' } }, false)).toEqual([{ pointer: `/not/${keyword}`, message }]);
  });

  it('may have unknown keywords where it is not strict, but may not refer into them', () => {
    expect(problemsOf({ 'x-mine': { a: {} } }, false)).toEqual([]);
    expect(problemsOf({ 'x-mine': { a: {} }, $ref: '#/x-mine/a' }, false)).toHaveLength(1);
  });

  it('may not multiply its work by references', () => {
    // Each is twice the next.
    const doubling = (count: number) => ({
      $defs: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `a${index}`,
          index + 1 === count ? {} : { allOf: [{ $ref: `#/$defs/a${index + 1}` }, { $ref: `#/$defs/a${index + 1}` }] },
        ]),
      ),
      $ref: '#/$defs/a0',
    });

    expect(problemsOf(doubling(10))).toEqual([]);
    expect(problemsOf(doubling(60))).toEqual([
      { pointer: '', message: 'holds one value against more than 10000 schemas: refer less' },
    ]);
  });

  it('gets 20 problems at most', () => {
    expect(problemsOf(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x${index}`, 1])))).toHaveLength(20);
  });
});

it('is answered at once, whatever the value', () => {
  const brackets = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) as unknown;

  expect(problemsOf({ enum: brackets })).toEqual([{ pointer: '', message: 'is nested more than 40 levels deep' }]);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 20 }), fc.boolean(), (value, strict) => {
      for (const { pointer, message } of problemsOf(value, strict)) {
        expect(pointer === '' || pointer.startsWith('/')).toBe(true);
        expect(message).not.toBe('');
      }
    }),
  );
});
