import { RunError, runtime } from '@pulumi/pulumi';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { maskCredentials } from '../service/contract/parse-config.ts';
import { stackSchema, type StackConfig } from './config.ts';

/** The project's name in Pulumi.yaml, before the colon of each key. */
export const project = 'ballast';

/**
 * The configuration of the stack that runs, with defaults.
 *
 * @param all Every key with its text, as the engine passes it: objects as JSON.
 * @throws {RunError} with one line for each problem: the key, its value, what is allowed. The values of
 *   `ballast:credentials` are never shown, nor is a password in a URL.
 */
export function readStackConfig(all: Readonly<Record<string, string>> = runtime.allConfig()): StackConfig {
  const own = Object.entries(all).filter(([key]) => key.startsWith(`${project}:`));
  const input = Object.fromEntries(own.map(([key, text]) => [key.slice(project.length + 1), parse(key, text)]));
  // Read once in a process: compiling the schema, as zod does before the first value, takes longer than it saves.
  const result = stackSchema.safeParse(input, { jitless: true });
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => describe(issue, input));
  throw new RunError(`The configuration of this stack is not valid:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** Objects come as JSON. Every other key is text, one of digits alone too. */
function parse(key: string, text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new RunError(`The configuration of this stack is not valid:\n  ${key} is neither text nor JSON`);
  }
}

function describe(issue: z.core.$ZodIssue, input: unknown): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${name([...path, key])}: there is no such key${suggestion(path, key, input)}`);
  }
  // Of a key that the user chose, the name is wrong, not the value.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${name(path)}: ${message}`);
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0] ?? [];
    if (nearest.length > 0 && deepest(nearest) > 0) {
      return nearest.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, input));
    }
  }
  return [`${name(path)}${shown(path, valueAt(input, path))}: ${issue.message}`];
}

const deepest = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path }) => path.length));

const name = ([first = '', ...rest]: readonly string[]) => [`${project}:${first}`, ...rest].join('.');

/** ` is "3"`, unless the key may hold a secret or has no value. */
function shown(path: readonly string[], value: unknown): string {
  if (value === undefined) return '';
  if (path[0] === 'credentials') return ' has a value that is not allowed';
  return ` is ${maskCredentials(JSON.stringify(value))}`;
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    input,
  );
}

/** The allowed keys beside an unknown one, and the likeliest of them. */
function suggestion(path: readonly string[], unknown: string, input: unknown): string {
  const known = keysAt(stackSchema, path, input);
  if (known.length === 0) return '';
  const likely = closest(unknown, known);
  const hint = distance(unknown, likely) <= Math.max(2, unknown.length / 3) ? `; did you mean ${likely}?` : '';
  return `${hint} Allowed: ${known.join(', ')}`.replace(/^ Allowed/, '; allowed');
}

/** The keys of the object at a path of the schema, looking through defaults and options; of several kinds, those of the value's. */
function keysAt(schema: z.core.$ZodType, path: readonly string[], value: unknown): string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return keysAt(schema.unwrap(), path, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const kind = valueAt(value, [discriminator]) as z.core.util.Primitive;
    const own = schema.options.find((option) => option._zod.propValues?.[discriminator]?.has(kind));
    return own === undefined ? [] : keysAt(own, path, value);
  }
  const [first, ...rest] = path;
  if (first === undefined) return ownKeys(schema);
  const inner = valueAt(value, [first]);
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest, inner);
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest, inner);
  const next = schema instanceof z.ZodObject ? (schema.shape as z.core.$ZodShape)[first] : undefined;
  return next === undefined ? [] : keysAt(next, rest, inner);
}

function ownKeys(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum ? schema.keyType.options.map(String) : [];
}
