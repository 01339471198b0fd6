import { diffArrays } from 'diff';
import { parseDocument } from 'yaml';
import { byIdentity } from './identity.ts';
import type { Manifest } from './manifest.ts';

/** One field that differs. An absent side is `undefined`. */
export interface FieldChange {
  /** `spec.template.spec.containers[api].image`; inside a configuration file `data["litellm.yaml"].model_list[0]`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two sets of manifests. */
export interface Comparison {
  readonly added: readonly Manifest[];
  readonly removed: readonly Manifest[];
  readonly changed: readonly { readonly before: Manifest; readonly after: Manifest; readonly fields: FieldChange[] }[];
}

/** Compares two renders object by object; an object is the same by API group, kind, namespace and name. */
export function compareManifests(before: readonly Manifest[], after: readonly Manifest[]): Comparison {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  const changed = [...now].flatMap(([identity, manifest]) => {
    const previous = old.get(identity);
    if (previous === undefined) return [];
    const fields = compareFields(previous, manifest);
    return fields.length > 0 ? [{ before: previous, after: manifest, fields }] : [];
  });
  return {
    added: [...now].filter(([identity]) => !old.has(identity)).map(([, manifest]) => manifest),
    removed: [...old].filter(([identity]) => !now.has(identity)).map(([, manifest]) => manifest),
    changed,
  };
}

/** The fields in which two manifests of one object differ, in the order of their paths. */
export function compareFields(before: Manifest, after: Manifest): FieldChange[] {
  return compare('', before, after).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function compare(path: string, before: unknown, after: unknown): FieldChange[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(path, before, after);
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => compare(path + segment(key, path), before[key], after[key]));
  }
  if (typeof before === 'string' && typeof after === 'string') {
    const [old, now] = [structure(before), structure(after)];
    if (old !== undefined && now !== undefined) {
      const inner = compare(path, old, now);
      // Only the layout or a comment differs: that is a change of the text all the same.
      if (inner.length > 0) return inner;
    }
  }
  return [{ path, before, after }];
}

/** Lists of Kubernetes are mostly sets by a key: a container by its name, a mount by its path. */
const listKeys = ['name', 'mountPath', 'containerPort', 'port', 'key', 'job_name', 'model_name', 'alert', 'record'];

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[]): FieldChange[] {
  if (before.length === 0 && after.length === 0) return [];
  const key = listKeys.find((candidate) => isKeyOf(candidate, before) && isKeyOf(candidate, after));
  if (key !== undefined) {
    const [old, now] = [keyed(before, key), keyed(after, key)];
    const names = [...new Set([...old.keys(), ...now.keys()])];
    const changes = names.flatMap((name) => compare(`${path}[${name}]`, old.get(name), now.get(name)));
    return [...compareOrder(path, [...old.keys()], [...now.keys()]), ...changes];
  }
  if ([...before, ...after].every((each) => !isObject(each))) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  return compareByPlace(path, before, after);
}

/** Elements without a key: those that stay are found by what they are, so that one more at the front is one change. */
function compareByPlace(path: string, before: readonly unknown[], after: readonly unknown[]): FieldChange[] {
  const texts = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each));
  const changes: FieldChange[] = [];
  let [old, now] = [0, 0];
  let gone: number[] = [];
  for (const { added, removed, count } of diffArrays(texts(before), texts(after))) {
    for (let step = 0; step < count; step += 1) {
      if (removed) gone.push(old++);
      else if (added) {
        const previous = gone.shift();
        changes.push(
          ...compare(`${path}[${now}]`, previous === undefined ? undefined : before[previous], after[now++]),
        );
      } else {
        changes.push(...gone.flatMap((index) => compare(`${path}[${index}]`, before[index], undefined)));
        gone = [];
        old += 1;
        now += 1;
      }
    }
  }
  return [...changes, ...gone.flatMap((index) => compare(`${path}[${index}]`, before[index], undefined))];
}

/** Containers that prepare a pod run in their order, and the first route that fits an alert has it. */
function compareOrder(path: string, before: readonly string[], after: readonly string[]): FieldChange[] {
  const [old, now] = [before.filter((name) => after.includes(name)), after.filter((name) => before.includes(name))];
  return old.every((name, index) => name === now[index]) ? [] : [{ path, before: old, after: now }];
}

function isKeyOf(key: string, list: readonly unknown[]): boolean {
  const values = list.map((each) => (isObject(each) ? each[key] : undefined));
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values.map(String)).size === values.length
  );
}

function keyed(list: readonly unknown[], key: string): Map<string, unknown> {
  return new Map(list.map((each) => [String((each as Record<string, unknown>)[key]), each]));
}

/** JSON and YAML text as what it says; other text, and a plain word, as `undefined`. */
function structure(text: string): object | undefined {
  if (!/[\n{[]/.test(text)) return undefined;
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  try {
    const value: unknown = document.toJS();
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // More aliases than any person writes.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `.key`, or `["the key"]` where the key has other characters than a name. */
function segment(key: string, path: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
  return path === '' ? key : `.${key}`;
}
