import type { SchemaProblem } from './schema-problem.ts';
import { isObject, knownKeywords, pointerTo } from './subschemas.ts';

/** What the values of single keywords may be at most. */
export const keywordLimits = {
  /** Characters of a regular expression. */
  patternLength: 256,
  /** Values of one `enum`. */
  enumValues: 250,
  /** `minLength`, `minItems`, `minProperties` and `minContains`: an answer never has more. */
  minimumCount: 1_000_000,
} as const;

/** The drafts that a schema may name. All are read as 2020-12, which most schemas of the earlier ones also are. */
const drafts =
  /^(http:\/\/json-schema\.org\/draft-0[67]|https:\/\/json-schema\.org\/draft\/20(19-09|20-12))\/schema#?$/;

/** Keywords that lead outside of the schema, or that change what a reference means or how validation runs. */
const refused = new Set([
  ...['$id', 'id', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$vocabulary', '$async'],
]);

const counts = new Map<string, number>([
  ...['minLength', 'minItems', 'minProperties', 'minContains'].map(
    (name) => [name, keywordLimits.minimumCount] as const,
  ),
  ...['maxLength', 'maxItems', 'maxProperties', 'maxContains'].map((name) => [name, Number.MAX_SAFE_INTEGER] as const),
]);

/**
 * What is wrong with the keywords of one schema, apart from the schemas that they hold.
 *
 * @param pointer where the schema stands.
 * @param strict whether unknown keywords are refused.
 */
export function* keywordProblems(
  schema: Readonly<Record<string, unknown>>,
  pointer: string,
  strict: boolean,
): Generator<SchemaProblem> {
  for (const [keyword, value] of Object.entries(schema)) {
    const at = pointerTo(pointer, keyword);
    const message = keywordProblem(keyword, value, pointer === '', strict);
    if (message !== undefined) yield { pointer: at, message };
    if (!isObject(value)) continue;
    for (const name of Object.keys(value)) {
      const nameProblem = namedProblem(keyword, name);
      if (nameProblem !== undefined) yield { pointer: pointerTo(at, name), message: nameProblem };
    }
  }
}

function keywordProblem(keyword: string, value: unknown, root: boolean, strict: boolean): string | undefined {
  if (refused.has(keyword)) return 'is not allowed: a schema stands for itself, and refers within itself by $ref';
  if (strict && !knownKeywords.has(keyword)) return 'is no keyword of JSON Schema 2020-12';
  const most = counts.get(keyword);
  if (most !== undefined) return isCount(value, most) ? undefined : `must be an integer from 0 to ${most}`;
  switch (keyword) {
    case '$schema':
      if (!root) return 'is only allowed at the root';
      if (typeof value === 'string' && drafts.test(value)) return undefined;
      return 'must be the URI of draft 2020-12, 2019-09, 7 or 6; leave it out for 2020-12';
    case 'items':
      return Array.isArray(value) ? 'must be one schema; a list of them is prefixItems' : undefined;
    case 'enum':
      return Array.isArray(value) && value.length > keywordLimits.enumValues
        ? `has ${value.length} values; at most ${keywordLimits.enumValues} are allowed`
        : undefined;
    case 'pattern':
      return typeof value === 'string' ? patternProblem(value) : undefined;
    default:
      return undefined;
  }
}

function namedProblem(keyword: string, name: string): string | undefined {
  if (keyword === 'patternProperties') return patternProblem(name);
  // The validator leaves it out without a word.
  return keyword === 'properties' && name === '__proto__' ? 'is a name that cannot be checked' : undefined;
}

function patternProblem(pattern: string): string | undefined {
  const { patternLength } = keywordLimits;
  return pattern.length > patternLength
    ? `is a pattern of ${pattern.length} characters; at most ${patternLength} are allowed`
    : undefined;
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}
