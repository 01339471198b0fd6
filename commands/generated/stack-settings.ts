import { z } from 'zod';
import type { SettingMeta } from '../../infra/settings.ts';

/** One key of a stack's configuration. */
export interface StackSetting {
  /** `api.scaling.max`; `NAME` stands for a name that the user chooses, `[]` for each element of a list. */
  readonly path: string;
  readonly meta: SettingMeta;
  /** Absent where there is none, and where the keys below say theirs. */
  readonly default: unknown;
  readonly schema: z.core.$ZodType;
}

/**
 * A key and every key below it, each before those below.
 *
 * @param path Of the key itself.
 * @throws when a key says nothing of itself.
 */
export function stackSettings(path: string, schema: z.core.$ZodType): StackSetting[] {
  return settingsBelow(path, schema, undefined, new Set());
}

function settingsBelow(path: string, schema: z.core.$ZodType, inherited: unknown, told: Set<object>): StackSetting[] {
  const meta = z.globalRegistry.get(schema) as Partial<SettingMeta> | undefined;
  if (meta?.description === undefined || meta.example === undefined) {
    throw new Error(`${path} has no description or no example: put setting(...) around it`);
  }
  const { inner, fallback = inherited } = unwrap(schema);
  const isObject = inner instanceof z.ZodObject;
  const own = { path, meta: meta as SettingMeta, default: isObject ? undefined : fallback, schema };
  const below = keysBelow(inner, told).flatMap(({ step, key, schema: each }) =>
    settingsBelow(`${path}${step}.${key}`, each, isObject ? valueOf(fallback, key) : undefined, told),
  );
  return [own, ...below];
}

interface KeyBelow {
  /** Between the path and the key: `.NAME` in a record, `[]` in a list, `[slack]` in one of several kinds of elements. */
  readonly step: string;
  readonly key: string;
  readonly schema: z.core.$ZodType;
}

/** The keys of an object, of a record's values, of a list's elements. What several lists share is told once. */
function keysBelow(schema: z.core.$ZodType, told: Set<object>): KeyBelow[] {
  if (schema instanceof z.ZodObject) return keysOf('', schema);
  const isRecord = schema instanceof z.ZodRecord;
  if (!isRecord && !(schema instanceof z.ZodArray)) return [];
  const element = isRecord ? schema.valueType : schema.element;
  if (told.has(element)) return [];
  told.add(element);
  if (!(element instanceof z.ZodDiscriminatedUnion)) return keysOf(isRecord ? '.NAME' : '[]', element);
  const { discriminator } = element.def;
  return element.options.flatMap((option) => keysOf(`[${kindOf(option, discriminator)}]`, option));
}

const keysOf = (step: string, schema: z.core.$ZodType): KeyBelow[] =>
  schema instanceof z.ZodObject
    ? Object.entries(schema.shape as z.core.$ZodShape).map(([key, each]) => ({ step, key, schema: each }))
    : [];

/** The value by which one of several kinds of objects is told from the others. */
function kindOf(option: z.core.$ZodType, discriminator: string): string {
  const literal = option instanceof z.ZodObject ? (option.shape as z.core.$ZodShape)[discriminator] : undefined;
  return literal instanceof z.ZodLiteral ? String(literal.value) : '';
}

/** The schema inside its default and its being optional, with the default. */
function unwrap(schema: z.core.$ZodType): { inner: z.core.$ZodType; fallback?: unknown } {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return { inner: unwrap(schema.unwrap()).inner, fallback: schema.def.defaultValue };
  }
  return { inner: schema instanceof z.ZodOptional ? unwrap(schema.unwrap()).inner : schema };
}

const valueOf = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
