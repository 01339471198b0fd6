import { describe, expect, it } from 'vitest';
import { chainOf } from './error-signature.ts';
import { withoutInput } from './without-input.ts';

const body = {
  question: 'Who is Ada?',
  schema: { properties: { name: { const: 'Ada "the first" Lovelace' } } },
  ids: ['of-a-list'],
};

describe('an error without what the client sent', () => {
  it.each([
    ['a text', 'cannot answer Who is Ada? now', 'cannot answer [redacted] now'],
    ['a text further down', 'got Ada "the first" Lovelace', 'got [redacted]'],
    ['a text as it stands in JSON', 'got {"const":"Ada \\"the first\\" Lovelace"}', 'got {"const":"[redacted]"}'],
    ['the name of a member', 'no member properties here', 'no member [redacted] here'],
    ['a text of a list, each time', 'of-a-list, of-a-list', '[redacted], [redacted]'],
  ])('does not quote %s', (_what, message, expected) => {
    const error = withoutInput(new TypeError(message), body);
    expect(error.message).toBe(expected);
    expect(error.stack).toContain(expected);
    expect(error.stack).toContain('without-input.test.ts');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.name).toBe('TypeError');
  });

  it('hides a text as a whole where another one is a part of it', () => {
    expect(withoutInput(new Error('x long-text-and-more y'), ['long-text', 'long-text-and-more']).message).toBe(
      'x [redacted] y',
    );
  });

  it('does not quote it in its causes', () => {
    const error = withoutInput(new Error('outer', { cause: new Error('of-a-list') }), body);
    expect((error.cause as Error).message).toBe('[redacted]');
  });

  it('is not held up or broken by a deep body, nor by causes that go round in a circle', () => {
    let deep: unknown = 'deep-text';
    for (let depth = 0; depth < 400; depth += 1) deep = [deep];
    const outer = new Error('outer');
    outer.cause = new Error('deep-text', { cause: outer });
    const error = withoutInput(outer, deep);
    expect(error.message).toBe('outer');
    expect((error.cause as Error).message).toBe('[redacted]');
    expect(chainOf(error)).toHaveLength(8);
  });

  it.each([
    ['there are too many texts to look for', 'x', Array.from({ length: 1_001 }, (_, n) => `a text ${n}`)],
    ['there are too many names to look for', 'x', Object.fromEntries(Array.from({ length: 501 }, (_, n) => [n, n]))],
    ['a body is too deep', 'x', JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
    ['a message is too long to look through', `${'x'.repeat(20_000)} of-a-list`, body],
  ])('says nothing but its class and where it was when %s', (_when, message, input: unknown) => {
    const error = withoutInput(new TypeError(`${message}\n    at planted`), input);
    expect(error.message).toBe('[redacted]');
    expect(error.stack).toMatch(/^TypeError: \[redacted\]\n {4}at .*without-input\.test\.ts/);
    expect(error.stack).not.toContain('planted');
  });

  it('may have a message and a stack that are no texts', () => {
    const odd = Object.assign(new Error('a'), { message: 17, stack: ['of-a-list'] });
    expect(withoutInput(odd, body)).toMatchObject({ message: '17', stack: '[redacted]' });
  });

  it('is the error itself where that quotes nothing, and short words stay', () => {
    const error = new Error('the name of the mode is fast');
    expect(withoutInput(error, { mode: 'fast', n: 1, none: null })).toBe(error);
    expect(withoutInput(error, undefined)).toBe(error);
  });
});
