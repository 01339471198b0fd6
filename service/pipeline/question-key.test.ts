import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modes } from '../contract/metrics.ts';
import { keyOf, partitionOf } from './question-key.ts';
import type { Question } from './step.ts';
import { question } from './testing.ts';

/** Strings that look like parts of a key, or like one another. */
const tricky = fc.oneof(
  fc.constantFrom('', 'a', 'b', '"', '","', 'a","query', '["a"', 'null', '0', '\\', '\ud800', '\ud801', '__proto__'),
  fc.string({ maxLength: 4, unit: 'binary' }),
);

const schema = fc.oneof(
  fc.constantFrom<unknown>(true, {}, { type: 'object' }, { type: 'string' }, { required: ['a', 'b'] }, 'null'),
  fc.jsonValue({ maxDepth: 1 }).filter((value) => value !== null),
);

/** A question without its text, and the version of what its tenant can find. */
const parts = fc.record({
  tenant: tricky,
  version: tricky,
  kind: fc.constantFrom<Question['kind']>('query', 'predict'),
  mode: fc.constantFrom(...modes),
  topK: fc.integer({ min: 0, max: 3 }),
  variant: tricky,
  model: fc.option(tricky, { nil: undefined }),
  schema: fc.option(schema, { nil: undefined }),
});

type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

function asked({ tenant, kind, mode, topK, variant, model, schema: wanted }: Parts, text: string): Question {
  return {
    ...{ tenant, kind, mode, topK, variant, text },
    ...(model === undefined ? {} : { model }),
    ...(wanted === undefined ? {} : { schema: wanted }),
  };
}

const partNames = ['tenant', 'version', 'kind', 'mode', 'topK', 'variant', 'model', 'schema'] as const;

const inJson = (one: Parts) => JSON.stringify(partNames.map((name) => one[name] ?? null));

describe('two questions that differ in any part', () => {
  it('never share a key, nor a partition', () => {
    fc.assert(
      fc.property(parts, parts, tricky, tricky, (a, b, text, other) => {
        fc.pre(inJson(a) !== inJson(b));
        expect(keyOf(asked(a, text), a.version)).not.toBe(keyOf(asked(b, text), b.version));
        expect(keyOf(asked(a, text), a.version)).not.toBe(keyOf(asked(b, other), b.version));
        expect(partitionOf(asked(a, text), a.version)).not.toBe(partitionOf(asked(b, other), b.version));
      }),
    );
  });

  it('never share a key when it is one part alone', () => {
    fc.assert(
      fc.property(parts, parts, fc.constantFrom(...partNames), tricky, (a, b, part, text) => {
        const changed = { ...a, [part]: b[part] };
        fc.pre(inJson(a) !== inJson(changed));
        expect(keyOf(asked(a, text), a.version)).not.toBe(keyOf(asked(changed, text), changed.version));
        expect(partitionOf(asked(a, text), a.version)).not.toBe(partitionOf(asked(changed, text), changed.version));
      }),
    );
  });

  it('never share a key when it is the text of a plain call, to the last space', () => {
    fc.assert(
      fc.property(parts, tricky, tricky, (one, text, other) => {
        fc.pre(text !== other);
        const predict = { ...one, kind: 'predict' } as const;
        expect(keyOf(asked(predict, text), '1')).not.toBe(keyOf(asked(predict, other), '1'));
      }),
    );
  });
});

describe('the same question', () => {
  const key = (text: string, more: Partial<Question> = {}) => keyOf({ ...question, text, ...more }, '1');

  it('has one key, whatever the space around and between its words, and the Unicode form of its letters', () => {
    expect(key('  what\tis \r\n Café ')).toBe(key('what is Café'.normalize('NFD')));
    expect(key('what is it')).not.toBe(key('What is it'));
    expect(key('what is it')).not.toBe(key('whatis it'));
  });

  it('has one partition with all others of its kind', () => {
    expect(partitionOf({ ...question, text: 'a' }, '1')).toBe(partitionOf({ ...question, text: 'b' }, '1'));
  });

  it('as a plain call keeps its space, which may mean something there', () => {
    expect(key('a  b', { kind: 'predict' })).not.toBe(key('a b', { kind: 'predict' }));
  });
});
