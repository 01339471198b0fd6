import { keywordProblems } from './keyword-limits.ts';
import { References } from './references.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { isObject, pointerTo, subschemas, type Subschema } from './subschemas.ts';

/** What a caller's schema may be at most, beside `keywordLimits`. Each bounds what compiling or using it can take. */
export const schemaLimits = {
  /** UTF-8 length of its JSON text. */
  bytes: 16_384,
  /** Levels of schemas inside schemas, the outermost included. */
  depth: 16,
  /** Levels of JSON, each object or list one: two for a level of schemas, and some for values of `enum` and the like. */
  nesting: 40,
  /** Schemas in it, itself included. */
  subschemas: 300,
  /** Schemas that one value is held against, references followed. */
  work: 10_000,
} as const;

/** Problems of a schema that are reported at most. */
export const maxProblems = 20;

/**
 * What keeps a caller's schema, which is hostile input, from being compiled at all; nothing when it may be. Quick
 * whatever the value is. Whether it is a valid schema, and its patterns valid RE2, is not seen here: to see that takes
 * compiling, which a worker does.
 *
 * @param value any JSON value.
 * @param strict whether unknown keywords are refused; else they are ignored.
 */
export function schemaLimitProblems(value: unknown, strict: boolean): readonly SchemaProblem[] {
  if (!isObject(value) && typeof value !== 'boolean') {
    return [{ pointer: '', message: 'must be a JSON Schema: an object, true or false' }];
  }
  const tooLarge = sizeProblem(value);
  if (tooLarge !== undefined) return [{ pointer: '', message: tooLarge }];
  const places = [...subschemas(value).take(schemaLimits.subschemas + 1)];
  if (places.length > schemaLimits.subschemas) {
    return [{ pointer: '', message: `holds more than ${schemaLimits.subschemas} schemas` }];
  }
  const tooDeep = places.find(({ depth }) => depth > schemaLimits.depth);
  if (tooDeep !== undefined) {
    return [{ pointer: tooDeep.pointer, message: `is more than ${schemaLimits.depth} levels of schemas deep` }];
  }
  return [...problemsOf(places, strict).take(maxProblems)];
}

function* problemsOf(places: readonly Subschema[], strict: boolean): Generator<SchemaProblem> {
  const references = new References(places);
  for (const { pointer, schema } of places) {
    if (!isObject(schema)) continue;
    yield* keywordProblems(schema, pointer, strict);
    const { $ref } = schema;
    const message = typeof $ref === 'string' ? references.problemOf($ref) : undefined;
    if (message !== undefined) yield { pointer: pointerTo(pointer, '$ref'), message };
  }
  for (const place of places) {
    const work = references.workOf(place);
    if (work <= schemaLimits.work) continue;
    yield {
      pointer: place.pointer,
      message:
        work === Infinity
          ? 'refers to itself without end'
          : `holds one value against more than ${schemaLimits.work} schemas: refer less`,
    };
    return;
  }
}

/** Looks at no more of a value than it takes to refuse it: it may be a million brackets. */
function sizeProblem(value: unknown): string | undefined {
  const seen = { bytes: 0, nesting: 0 };
  const look = (part: unknown, nesting: number): void => {
    // As JSON, each takes as many bytes at least.
    seen.bytes += typeof part === 'string' ? part.length : 1;
    if (typeof part !== 'object' || part === null) return;
    seen.nesting = Math.max(seen.nesting, nesting);
    for (const key in part) {
      if (seen.nesting > schemaLimits.nesting || seen.bytes > schemaLimits.bytes) return;
      if (!Array.isArray(part)) seen.bytes += key.length;
      look((part as Record<string, unknown>)[key], nesting + 1);
    }
  };
  look(value, 1);
  if (seen.nesting > schemaLimits.nesting) return `is nested more than ${schemaLimits.nesting} levels deep`;
  return seen.bytes > schemaLimits.bytes || Buffer.byteLength(JSON.stringify(value)) > schemaLimits.bytes
    ? `is longer than ${schemaLimits.bytes} bytes of JSON`
    : undefined;
}
