const hidden = '[redacted]';

/** Shorter texts are words that an error may say of its own accord. In characters. */
const shortestText = 8;

/**
 * The error without what a client sent: foreign code may quote it in an error that nobody expected. Every text of the
 * input of 8 or more characters is hidden in message and stack, and in those of the causes.
 *
 * @param input body, query and path parameters of the request, as they were parsed.
 * @returns an error of the same class; the error itself when it quotes nothing.
 */
export function withoutInput(error: Error, input: unknown): Error {
  // The longest first: a shorter one may be a part of it.
  const texts = [...new Set(textsOf(input))].sort((one, other) => other.length - one.length);
  return withoutTexts(error, texts);
}

function withoutTexts(error: Error, texts: readonly string[]): Error {
  const hide = (text: string) => texts.reduce((rest, quoted) => rest.replaceAll(quoted, hidden), text);
  const message = hide(error.message);
  const stack = hide(error.stack ?? '');
  const cause = error.cause instanceof Error ? withoutTexts(error.cause, texts) : error.cause;
  if (message === error.message && stack === (error.stack ?? '') && cause === error.cause) return error;
  return Object.create(error, {
    message: { value: message },
    stack: { value: stack },
    cause: { value: cause },
  }) as Error;
}

/** The texts in what was parsed, as they are and as they stand in JSON. */
function textsOf(input: unknown): string[] {
  if (typeof input === 'string') {
    return [input, JSON.stringify(input).slice(1, -1)].filter(({ length }) => length >= shortestText);
  }
  return typeof input === 'object' && input !== null ? Object.values(input).flatMap(textsOf) : [];
}
