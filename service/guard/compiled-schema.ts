import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import type { RegExpLike } from 'ajv/dist/types/index.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { RE2JS } from 're2js';
import { maxProblems } from './schema-limits.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { isObject, pointerTo, subschemas } from './subschemas.ts';
import { messageOf } from './validation-errors.ts';

/** A schema that values can be held against. */
export interface CompiledSchema {
  /**
   * What is wrong with a value; nothing when it is valid. Only the first thing when there are very many.
   *
   * @throws {RangeError} when it cannot be told within bounds of memory.
   */
  readonly errorsIn: (value: unknown) => readonly ErrorObject[];
  /** Instructions of its regular expressions. */
  readonly patternSize: number;
}

/** Instructions of all regular expressions of a schema, at most: what bounds their memory, and their time with it. */
const maxPatternSize = 10_000;

/** Errors that one run of a validator may hold at once. */
const maxErrors = 1_000;

const options: Options = {
  formats: fullFormats,
  strictTypes: false,
  // `constructor` is a name like any other.
  ownProperties: true,
  // A schema that is referred to a hundred times would become code a hundred times.
  inlineRefs: false,
  logger: false,
};

const metaSchema = new Ajv2020({ ...options, validateFormats: false });

/** Compiles a schema that is within the limits. May take long for a hostile one. */
export function compileSchema(
  given: unknown,
  strict: boolean,
): CompiledSchema | { readonly problems: readonly SchemaProblem[] } {
  const schema = withoutDraft(given);
  if (!metaSchema.validateSchema(schema)) {
    const [error] = metaSchema.errors ?? [];
    return problem(error?.instancePath ?? '', error === undefined ? 'is not valid' : messageOf(error));
  }
  const patterns = new Map<string, RE2JS>();
  const problems = [...partProblems(schema, strict, patterns).take(maxProblems)];
  if (problems.length > 0) return { problems };
  const compile = (allErrors: boolean): ValidateFunction =>
    // An instance for each, since one keeps all that it ever compiled.
    new Ajv2020({
      ...options,
      meta: false,
      validateSchema: false,
      strictSchema: strict,
      allErrors,
      code: {
        regExp: Object.assign((source: string) => engineOf(source, patterns), { code: 're2' }),
        lines: true,
        process: boundErrors,
      },
    }).compile(schema);
  try {
    const thorough = compile(true);
    let quick: ValidateFunction | undefined;
    const errorsIn = (value: unknown) => {
      try {
        return run(thorough, value);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      quick ??= compile(false);
      return run(quick, value);
    };
    return { errorsIn, patternSize: sizeOf(patterns) };
  } catch (error) {
    return problem('', `does not compile: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function run(validate: ValidateFunction, value: unknown): readonly ErrorObject[] {
  return validate(value) ? [] : (validate.errors ?? []);
}

/**
 * Makes a validator throw instead of gathering errors without end: a list of a million wrong numbers has a million, and
 * references multiply them. A heap that overflows in one large step ends the process, not just the worker. Text of the
 * schema never stands alone on a line of the code.
 */
function boundErrors(code: string): string {
  return code.replaceAll(
    /^(errors\+\+;|errors = vErrors\.length;)$/gm,
    `$1 if (errors > ${maxErrors}) throw new RangeError("more than ${maxErrors} errors");`,
  );
}

function problem(pointer: string, message: string): { readonly problems: readonly SchemaProblem[] } {
  return { problems: [{ pointer, message }] };
}

/** Every draft that the limits let through is read as 2020-12. */
function withoutDraft(schema: unknown): Record<string, unknown> | boolean {
  if (!isObject(schema)) return schema as boolean;
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== '$schema'));
}

/** Problems of formats and patterns; the patterns are compiled on the way. */
function* partProblems(root: unknown, strict: boolean, patterns: Map<string, RE2JS>): Generator<SchemaProblem> {
  for (const { pointer, schema } of subschemas(root)) {
    if (!isObject(schema)) continue;
    const { format, pattern, patternProperties } = schema;
    if (strict && typeof format === 'string' && !Object.hasOwn(fullFormats, format)) {
      yield {
        pointer: pointerTo(pointer, 'format'),
        message: `is unknown; known: ${Object.keys(fullFormats).join(', ')}`,
      };
    }
    const places = typeof pattern === 'string' ? [{ pattern, at: pointerTo(pointer, 'pattern') }] : [];
    for (const name of Object.keys(isObject(patternProperties) ? patternProperties : {})) {
      places.push({ pattern: name, at: pointerTo(pointerTo(pointer, 'patternProperties'), name) });
    }
    for (const { pattern: source, at } of places) {
      try {
        if (!patterns.has(source)) patterns.set(source, RE2JS.compile(RE2JS.translateRegExp(source)));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        yield { pointer: at, message: `is no regular expression of RE2, which has no look-around: ${why}` };
      }
      if (sizeOf(patterns) > maxPatternSize) {
        yield { pointer: at, message: 'is too large together with the other patterns: repeat less' };
        return;
      }
    }
  }
}

function sizeOf(patterns: ReadonlyMap<string, RE2JS>): number {
  return patterns.values().reduce((sum, pattern) => sum + pattern.programSize(), 0);
}

/** The validator tells expressions apart by their text. */
function engineOf(source: string, patterns: ReadonlyMap<string, RE2JS>): RegExpLike {
  const pattern = patterns.get(source);
  if (pattern === undefined) throw new Error(`the pattern ${JSON.stringify(source)} was not compiled before`);
  const test = (text: string): boolean => {
    // Not by `pattern.test`: it keeps up to 8 MB for each pattern afterwards.
    const found = pattern.matcher(text).find();
    pattern.reset();
    return found;
  };
  return Object.assign({ test }, { toString: () => source });
}
