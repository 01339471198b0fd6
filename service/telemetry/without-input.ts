import { chainOf, framesIn, nameOf } from './error-signature.ts';

const hidden = '[redacted]';

/** Shorter texts are words that an error may say of its own accord. In characters. */
const shortestText = 8;

/** Values and names of members that are looked for at most: 1 MB of short ones would hold the process up for long. */
const maxValues = 1_000;

/** Characters of a message or a stack that are looked through at most, for the same reason. */
const maxLength = 16_384;

/**
 * The error without what a client sent: foreign code may quote it in an error that nobody expected. Every text and name
 * of the input of 8 or more characters is hidden in message and stack, and in those of the causes, 8 errors at most. Where
 * that would be too much to look for, or to look through, the message is hidden as a whole, and the stack has its frames.
 *
 * @param input body, query and path parameters of the request, as they were parsed.
 * @returns an error of the same class; the error itself when it quotes nothing.
 */
export function withoutInput(error: Error, input: unknown): Error {
  const texts = textsOf(input);
  let said: Error | undefined;
  for (const link of chainOf(error).toReversed()) said = withoutTexts(link, said, texts);
  return said ?? error;
}

/** @param texts `undefined` when they are too many. */
function withoutTexts(error: Error, cause: Error | undefined, texts: readonly string[] | undefined): Error {
  const thrown: { message: unknown; stack?: unknown } = error;
  const stack: unknown = thrown.stack ?? '';
  const before = { message: String(thrown.message), stack: String(stack) };
  const isLong = Math.max(before.message.length, before.stack.length) > maxLength;
  const hide = (text: string) => texts?.reduce((rest, quoted) => rest.replaceAll(quoted, hidden), text) ?? hidden;
  const after =
    texts === undefined || isLong
      ? { message: hidden, stack: [`${nameOf(error)}: ${hidden}`, ...framesIn(error)].join('\n') }
      : { message: hide(before.message), stack: hide(before.stack) };
  const sameCause = cause === (error.cause instanceof Error ? error.cause : undefined);
  if (after.message === thrown.message && after.stack === stack && sameCause) return error;
  return Object.create(error, {
    message: { value: after.message },
    stack: { value: after.stack },
    cause: { value: cause },
  }) as Error;
}

/**
 * The texts in what was parsed, names of members among them, as they are and as they stand in JSON. The longest first: a
 * shorter one may be a part of it.
 *
 * @returns `undefined` when there are too many values.
 */
function textsOf(input: unknown): readonly string[] | undefined {
  const texts = new Set<string>();
  const values = [input];
  // The list grows while it is walked: a body may be nested deeper than functions can call themselves.
  for (const value of values) {
    if (typeof value === 'string') {
      for (const text of [value, JSON.stringify(value).slice(1, -1)]) if (text.length >= shortestText) texts.add(text);
    } else if (typeof value === 'object' && value !== null) {
      const names = Array.isArray(value) ? [] : Object.keys(value);
      const members = Array.isArray(value) ? value.length : names.length;
      if (values.length + names.length + members > maxValues) return undefined;
      values.push(...names, ...(Object.values(value) as unknown[]));
    }
  }
  return [...texts].sort((one, other) => other.length - one.length);
}
