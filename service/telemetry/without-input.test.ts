import { describe, expect, it } from 'vitest';
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

  it('is the error itself where that quotes nothing, and short words stay', () => {
    const error = new Error('the name of the mode is fast');
    expect(withoutInput(error, { mode: 'fast', n: 1, none: null })).toBe(error);
    expect(withoutInput(error, undefined)).toBe(error);
  });
});
