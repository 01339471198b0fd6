import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonAnswer } from './json-text.ts';

/** Sentences as models write them around an answer. */
const sentences = fc
  .array(fc.constantFrom('Here', 'is', 'the', '"answer"', "it's", 'all', 'of', '5', 'see', ':', '}', ']', '\n', '`'), {
    maxLength: 12,
  })
  .map((words) => words.join(' '));

const containers = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));

/** A value as `JSON.parse` gives it: without -0, and `__proto__` as a name like any other. */
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a JSON value is found', () => {
  it('whatever it is, in white space and in a code fence', () => {
    const wrappings = fc.constantFrom<(json: string) => string>(
      (json) => json,
      (json) => `\n\t ${json} \r\n`,
      (json) => `\`\`\`json\n${json}\n\`\`\``,
      (json) => `\`\`\`\n${json}\`\`\`\n`,
      (json) => `  \`\`\`JSON \r\n\r\n${json}\r\n\`\`\`  `,
    );
    fc.assert(
      fc.property(fc.jsonValue(), wrappings, fc.constantFrom(0, 2), (value, wrap, indent) => {
        expect(parseJsonAnswer(wrap(JSON.stringify(value, undefined, indent)))).toEqual({ value: parsed(value) });
      }),
    );
  });

  it('within sentences, when it is an object or a list', () => {
    fc.assert(
      fc.property(containers, sentences, sentences, fc.boolean(), (value, before, after, fenced) => {
        const json = JSON.stringify(value, undefined, 1);
        const text = fenced ? `${before}\n\`\`\`json\n${json}\n\`\`\`\n${after}` : `${before} ${json} ${after}`;

        expect(parseJsonAnswer(text)).toEqual({ value: parsed(value) });
      }),
    );
  });

  it.each([
    ['an object after citations', 'By [1] and [2], it is {"a": [1]}. See [3].', { a: [1] }],
    ['an object in brackets that are no JSON', 'The set {x | x > 1} holds {"a": "}"}', { a: '}' }],
    ['an object within braces', '{answer: {"a": 1}}', { a: 1 }],
    ['an object after an open bracket', 'As [the "rest" says:\n{"a": 1}', { a: 1 }],
    ['quotes that are escaped', 'It is {"a\\"}": "\\\\"} here', { 'a"}': '\\' }],
    ['a list of objects', 'It is [{"a": 1}, {"a": 2}] here', [{ a: 1 }, { a: 2 }]],
    ['100 levels', '['.repeat(100) + ']'.repeat(100), JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown],
  ])('as %s', (_name, text, value) => {
    expect(parseJsonAnswer(text)).toEqual({ value });
  });

  it('and does no harm by its names', () => {
    const answer = parseJsonAnswer('{"__proto__": {"polluted": true}, "constructor": 1}');
    if ('error' in answer) throw new Error(answer.error);

    // Parsing makes it an own member, which changes no prototype.
    expect(Object.getPrototypeOf(answer.value)).toBe(Object.prototype);
    expect(Object.keys(answer.value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('no JSON value is found', () => {
  it.each([
    ['nothing', ' \n', 'the answer is empty'],
    ['words', 'I do not know', 'the answer is not JSON'],
    ['code', '(() => ({a: 1}))()', 'the answer is not JSON'],
    ['an object that is cut', '{"a": [1, 2', 'the answer is not JSON: brackets or quotes are not closed'],
    ['an object that is cut after a whole one', 'Here: {"a": 1, "b": {"c": 2}', 'the answer is not JSON'],
    ['an object before one that is cut', 'First {"a": 1}, no: {"a": [', 'the answer is not JSON'],
    ['an object that is broken around a whole one', '{"a": undefined, "b": {"c": 2}}', 'the answer is not JSON'],
    ['an object in Python', "{'a': True}", 'the answer is not JSON'],
    ['an empty fence', '```\n```', 'the answer is not JSON'],
    ['two objects', '{"a": 1} or {"a": 2}', 'more than one JSON value'],
    ['two lists', '[1] or [2]', 'more than one JSON value'],
    ['101 levels', '['.repeat(101) + ']'.repeat(101), 'nested over 100 deep'],
    ['more than a MiB', ' '.repeat(1_048_577), 'the answer is longer than 1048576 characters'],
  ])('in %s', (_name, text, error) => {
    expect(parseJsonAnswer(text)).toEqual({ error: expect.stringContaining(error) as unknown });
  });

  it('and the error is short, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '1', ' ', '\n', '`') }),
        ),
        (text) => {
          const answer = parseJsonAnswer(text);
          if ('error' in answer) expect(answer.error.length).toBeLessThan(300);
        },
      ),
    );
  });

  it('and looking for it ends soon, where every bracket could be the first', () => {
    const length = 1_000_000;

    expect(parseJsonAnswer(`x${'["'.repeat(length / 2)}`)).toHaveProperty('error');
    expect(parseJsonAnswer(`x${'[{"a":'.repeat(length / 6)}`)).toHaveProperty('error');
    expect(parseJsonAnswer(`x${'[1'.repeat(90)}${' '.repeat(length)}`)).toHaveProperty('error');
    expect(parseJsonAnswer(`x${'[1 '.repeat(length / 3)}`)).toHaveProperty('error');
  });
});
