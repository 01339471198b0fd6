import { heldBy, isObject, type Subschema } from './subschemas.ts';

/** Keywords whose schemas apply to the very value that the schema around them applies to. */
const inPlace = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'dependencies']);

/** Where the references of a schema lead: to schemas within it, never into data, out of it or to a network. */
export class References {
  readonly #places = new Map<string, Subschema>();
  readonly #anchors = new Map<string, string>();
  readonly #work = new Map<string, number>();

  /** @param places every schema in the schema, itself included. */
  constructor(places: Iterable<Subschema>) {
    for (const place of places) {
      const { pointer, schema } = place;
      this.#places.set(pointer, place);
      if (isObject(schema) && typeof schema['$anchor'] === 'string') this.#anchors.set(schema['$anchor'], pointer);
    }
  }

  /** What is wrong with a `$ref`; nothing when it leads to a schema. */
  problemOf(target: string): string | undefined {
    if (!target.startsWith('#')) return 'must be local, such as #/$defs/name';
    return this.#resolve(target) === undefined
      ? 'leads to no schema within this one; put what it needs under $defs'
      : undefined;
  }

  /**
   * How many schemas one value is held against at most, where the schema at a place applies to it: references multiply
   * them. Infinite where a schema refers to itself without going further into the value.
   */
  workOf(place: Subschema): number {
    const { pointer, schema } = place;
    const known = this.#work.get(pointer);
    if (known !== undefined) return known;
    // Whoever comes by here again before the sum is known has come round in a circle.
    this.#work.set(pointer, Infinity);
    let work = 1;
    for (const held of heldBy(place)) {
      if (held.keyword !== undefined && inPlace.has(held.keyword)) work += this.workOf(held);
    }
    if (isObject(schema) && typeof schema['$ref'] === 'string') {
      const target = this.#resolve(schema['$ref']);
      if (target !== undefined) work += this.workOf(target);
    }
    this.#work.set(pointer, work);
    return work;
  }

  #resolve(target: string): Subschema | undefined {
    try {
      const fragment = decodeURIComponent(target.slice(1));
      return this.#places.get(this.#anchors.get(fragment) ?? fragment);
    } catch {
      return undefined;
    }
  }
}
