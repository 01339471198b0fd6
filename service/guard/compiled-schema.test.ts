import { describe, expect, it } from 'vitest';
import { compileSchema } from './compiled-schema.ts';
import { errorsText } from './validation-errors.ts';

/** What a value is told that is held against a schema. */
function errorsOf(schema: unknown, value: unknown): string {
  const compiled = compileSchema(schema, true);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  const errors = compiled.errorsIn(value);
  return errors.length === 0 ? 'valid' : errorsText(errors);
}

function problemsOf(schema: unknown, strict = true): unknown {
  const compiled = compileSchema(schema, strict);
  return 'problems' in compiled ? compiled.problems : [];
}

describe('validation', () => {
  it('says each thing that is wrong and where, with the names and values meant', () => {
    const schema = {
      type: 'object',
      properties: { mood: { enum: ['good', 'bad'] }, tags: { type: 'array', items: { type: 'string' } } },
      required: ['mood', 'score'],
      additionalProperties: false,
    };

    expect(errorsOf(schema, { mood: 'so-so', tags: ['a', 1], extra: 1 })).toBe(
      "the answer must have required property 'score'; " +
        'the answer must NOT have additional properties: "extra"; ' +
        '/mood must be equal to one of the allowed values: ["good","bad"]; /tags/1 must be string',
    );
    expect(errorsOf(schema, { mood: 'good', score: 1, tags: [] })).toContain('additional');
    expect(errorsOf({ ...schema, additionalProperties: true }, { mood: 'good', score: 1 })).toBe('valid');
  });

  it('says one thing where there would be thousands', () => {
    const numbers = Array.from({ length: 5_000 }, (_, index) => index);
    const strings = { type: 'array', items: { type: 'string' } };

    expect(errorsOf(strings, [1, 2])).toBe('/0 must be string; /1 must be string');
    expect(errorsOf(strings, numbers)).toBe('/0 must be string');
    // Each gathers fewer than are too many.
    const fivefold = { $defs: { strings }, allOf: Array.from({ length: 5 }, () => ({ $ref: '#/$defs/strings' })) };
    expect(errorsOf(fivefold, numbers.slice(0, 500))).toBe('/0 must be string');
    // The first of the two gathers as many before the second one holds.
    expect(errorsOf({ anyOf: [strings, { items: { type: 'number' } }] }, numbers)).toBe('valid');
  });

  it.each([
    ['its own', { properties: { a: { $ref: '#' } }, minProperties: 1 }],
    ['those of what it refers to', { properties: { a: { $ref: '#' } }, allOf: [{ $ref: '#/$defs/leaf' }] }],
  ])('gives up where errors multiply without end: %s', (_name, node) => {
    const schema = { anyOf: [node, { ...node, title: 'again' }], $defs: { leaf: { minProperties: 1 } } };
    const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });

    expect(errorsOf(schema, nested(2))).toContain('/a/a must NOT have fewer than 1 properties');
    expect(() => errorsOf(schema, nested(30))).toThrow(RangeError);
  });

  it('leaves text of the schema alone that looks like its code', () => {
    expect(errorsOf({ const: 'errors++;' }, 'errors++;')).toBe('valid');
    expect(errorsOf({ required: ['\nerrors++;\n'] }, { '\nerrors++;\n': 1 })).toBe('valid');
  });

  it('says at most 10 things in at most 1,000 characters', () => {
    const many = errorsOf(
      { items: { type: 'string' } },
      Array.from({ length: 25 }, (_, index) => index),
    );
    const long = errorsOf(
      { additionalProperties: false },
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => [key.repeat(400), 1])),
    );

    expect(many.split('; ')).toHaveLength(11);
    expect(many).toMatch(/and 15 more$/);
    expect(long.length).toBeLessThanOrEqual(1_000);
  });

  it('tells names of every object from names of this one', () => {
    expect(errorsOf({ required: ['constructor'] }, {})).toBe("the answer must have required property 'constructor'");
  });

  it('reads earlier drafts as 2020-12', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { a: { type: 'string' } },
      $ref: '#/definitions/a',
    };

    expect(errorsOf(schema, 1)).toBe('the answer must be string');
    expect(errorsOf(schema, 'text')).toBe('valid');
  });

  it('checks formats', () => {
    expect(errorsOf({ format: 'date' }, '2026-02-30')).toBe('the answer must match format "date"');
    expect(errorsOf({ format: 'date' }, '2026-02-28')).toBe('valid');
  });
});

describe('patterns', () => {
  it('are kept apart', () => {
    const schema = {
      properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } },
      patternProperties: { '^c': { const: 1 } },
    };

    expect(errorsOf(schema, { a: 'a', b: 'b', c: 1 })).toBe('valid');
    expect(errorsOf(schema, { a: 'b', b: 'b', cc: 2 })).toBe(
      '/a must match pattern "^a$"; /cc must be equal to constant: 1',
    );
  });

  it('take no longer where a backtracking engine would take forever', () => {
    expect(errorsOf({ pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toContain('must match pattern');
  });

  it('are understood as JavaScript writes them', () => {
    expect(errorsOf({ pattern: '^\\u00e9\\/(?<n>\\d)$' }, 'é/1')).toBe('valid');
  });

  it('must be RE2', () => {
    const message = expect.stringMatching(/^is no regular expression of RE2/) as unknown;

    expect(problemsOf({ items: { pattern: '(?=a)' } })).toEqual([{ pointer: '/items/pattern', message }]);
    expect(problemsOf({ patternProperties: { '(': {} } })).toEqual([{ pointer: '/patternProperties/(', message }]);
  });

  it('may not grow without end', () => {
    const repeat = (count: number) => ({
      properties: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`p${index}`, { pattern: `a{900}${index}` }]),
      ),
    });

    expect(problemsOf(repeat(10))).toEqual([]);
    expect(problemsOf(repeat(20))).toEqual([
      { pointer: '/properties/p11/pattern', message: 'is too large together with the other patterns: repeat less' },
    ]);
  });
});

describe('a schema that is none', () => {
  it.each([
    [{ type: 'strin' }, '/type', 'must be equal to one of the allowed values: ["array","boolean",'],
    [{ properties: { a: { minimum: '1' } } }, '/properties/a/minimum', 'must be number'],
    [{ items: { format: 'color' } }, '/items/format', 'is unknown; known: date, time,'],
    [{ if: {} }, '', 'does not compile: '],
    [{ $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x', type: 'string' } } }, '', 'does not compile: '],
  ])('gets a problem: %j', (schema, pointer, start) => {
    expect(problemsOf(schema)).toEqual([{ pointer, message: expect.stringContaining(start) as unknown }]);
  });

  it('gets 20 problems at most', () => {
    expect(problemsOf({ anyOf: Array.from({ length: 50 }, () => ({ format: 'color' })) })).toHaveLength(20);
  });

  it('may have unknown keywords and formats where it is not strict', () => {
    expect(problemsOf({ format: 'color', 'x-mine': 1 }, false)).toEqual([]);
    expect(problemsOf({ 'x-mine': 1 }, true)).toHaveLength(1);
  });
});
