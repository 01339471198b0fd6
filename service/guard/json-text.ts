const maxLength = 1_048_576;
const maxNesting = 100;

/** A JSON value, or why a text is none. */
export type JsonAnswer = { readonly value: unknown } | { readonly error: string };

/**
 * A model's text as JSON, although models wrap it: in white space, in one Markdown code fence, or in sentences around
 * the one object (else the one list) that they hold. Objects go first since citations look like lists: `[1]`. Which of
 * two objects is meant is not guessed. The text is data and is never run.
 *
 * @param text at most 1 MiB (in UTF-16 units) is read, nested 100 levels deep at most.
 */
export function parseJsonAnswer(text: string): JsonAnswer {
  if (text.length > maxLength) return { error: `the answer is longer than ${maxLength} characters` };
  const trimmed = text.trim();
  if (trimmed === '') return { error: 'the answer is empty' };
  const whole = parseWhole(trimmed);
  if ('value' in whole) return whole;
  const unfenced = withoutFence(trimmed);
  const fenced = unfenced === undefined ? whole : parseWhole(unfenced);
  if ('value' in fenced) return fenced;
  const found = valuesWithin(trimmed);
  const objects = found.filter((value) => !Array.isArray(value));
  const [value, ...others] = objects.length > 0 ? objects : found;
  if (value === undefined) return fenced;
  if (others.length > 0) return { error: 'the answer holds more than one JSON value; give one and nothing else' };
  return { value };
}

function parseWhole(text: string): JsonAnswer {
  if ((text.startsWith('{') || text.startsWith('[')) && closingOf(text, 0) === undefined) {
    return { error: `the answer is not JSON: brackets or quotes are not closed, or nested over ${maxNesting} deep` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `the answer is not JSON: ${(error as SyntaxError).message.slice(0, 200).toWellFormed()}` };
  }
}

/** The text in a code fence that surrounds all of it. The first line may name a language. */
function withoutFence(text: string): string | undefined {
  const start = text.indexOf('\n');
  const isFenced = text.startsWith('```') && text.endsWith('```') && start > 0 && start < text.length - 3;
  return isFenced ? text.slice(start, -3).trim() : undefined;
}

/** How an object or a list begins, unlike most brackets of sentences and formulas. */
const beginning = /\{\s*["}]|\[\s*(["[\]{\-\d]|true\b|false\b|null\b)/g;

/**
 * The outermost objects and lists in a text that are JSON, in order. What begins like one and is broken or cut is not
 * searched for whole ones inside: a part is not the answer.
 */
function valuesWithin(text: string): unknown[] {
  const values: unknown[] = [];
  beginning.lastIndex = 0;
  for (let match = beginning.exec(text); match !== null; match = beginning.exec(text)) {
    const end = closingOf(text, match.index);
    if (end === undefined) return [];
    beginning.lastIndex = end;
    try {
      values.push(JSON.parse(text.slice(match.index, end)) as unknown);
    } catch {
      // Looked like JSON and is not.
    }
  }
  return values;
}

/** The index after the bracket that closes the one at `start`, brackets in strings aside. */
function closingOf(text: string, start: number): number | undefined {
  let nesting = 0;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      nesting += 1;
      if (nesting > maxNesting) return undefined;
    } else if (character === '}' || character === ']') {
      nesting -= 1;
      if (nesting === 0) return index + 1;
    }
  }
  return undefined;
}
