/** A place in a schema at which a schema stands. */
export interface Subschema {
  /** JSON pointer (RFC 6901) from the root, which is the empty pointer. */
  readonly pointer: string;
  readonly schema: unknown;
  /** The keyword that holds it; none at the root. */
  readonly keyword: string | undefined;
  /** 1 for the root. */
  readonly depth: number;
}

/** Keywords whose value is a schema. */
const single = new Set([
  ...['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'contentSchema'],
]);

/** Keywords whose value is a list of schemas. */
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);

/** Keywords whose value is an object of schemas by name; in `dependencies` lists of names may stand in their place. */
const maps = new Set([
  ...['properties', 'patternProperties', 'dependentSchemas', '$defs'],
  // Draft 7's names, which the validator still takes.
  ...['definitions', 'dependencies'],
]);

/** Every keyword that is understood: JSON Schema 2020-12, what is left of draft 7, and OpenAPI's `nullable`. */
export const knownKeywords: ReadonlySet<string> = new Set([
  ...single,
  ...lists,
  ...maps,
  ...['$schema', '$ref', '$anchor', '$comment', 'type', 'enum', 'const', 'format', 'pattern', 'nullable'],
  ...['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength'],
  ...['maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains', 'maxProperties', 'minProperties'],
  ...['required', 'dependentRequired', 'title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly'],
  ...['examples', 'contentMediaType', 'contentEncoding'],
]);

/** One step further in a JSON pointer. */
export function pointerTo(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Whether a JSON value is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schemas that a schema holds itself, by its keywords: what stands in `enum` or `default` is data. */
export function* heldBy({ pointer, schema, depth }: Subschema): Generator<Subschema> {
  if (!isObject(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    const at = pointerTo(pointer, keyword);
    if (single.has(keyword)) yield { pointer: at, schema: value, keyword, depth: depth + 1 };
    const isHeld = (lists.has(keyword) && Array.isArray(value)) || (maps.has(keyword) && isObject(value));
    if (!isHeld) continue;
    for (const [name, item] of Object.entries(value)) {
      yield { pointer: pointerTo(at, name), schema: item, keyword, depth: depth + 1 };
    }
  }
}

/** The schema and every schema in it, each before those that it holds. */
export function* subschemas(schema: unknown): Generator<Subschema> {
  const found: Subschema[] = [{ pointer: '', schema, keyword: undefined, depth: 1 }];
  for (let next = found.pop(); next !== undefined; next = found.pop()) {
    yield next;
    found.push(...[...heldBy(next)].reverse());
  }
}
