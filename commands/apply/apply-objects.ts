import { at } from '../../infra/preview/untyped.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import type { Kubectl } from '../kubectl.ts';

/** What became of objects. */
export interface Applied {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
}

/** An object as the cluster has it. */
interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: unknown;
}

/**
 * Applies objects on the server's side, in their order.
 *
 * @param setByOthers The fields of an object that others set once it is there; each is applied as the cluster has it, since one
 *   that was applied before and is left out is removed, and gets its default.
 * @throws {Failure} with kubectl's messages when some are refused; all others are applied.
 */
export async function applyObjects(
  kubectl: Kubectl,
  manifests: readonly Manifest[],
  setByOthers: ReadonlyMap<Manifest, readonly string[]>,
): Promise<Applied> {
  const get = ['get', '--ignore-not-found', '--filename=-'];
  const before = stored(await kubectl.run([...get, ...asJson], list(manifests)));
  const applied = manifests.map((manifest) => {
    const there = before.get(idOf(manifest));
    const paths = setByOthers.get(manifest) ?? [];
    return paths.reduce((each, path) => asStored(each, there, path.split('.')) as Manifest, manifest);
  });
  const apply = ['apply', '--server-side', '--force-conflicts', `--field-manager=${fieldManager}`, '--filename=-'];
  const after = stored(await kubectl.run([...apply, ...asJson], list(applied)));
  const ids = [...after.keys()];
  const isSame = (id: string) => contentOf(before.get(id)) === contentOf(after.get(id));
  return {
    created: ids.filter((id) => !before.has(id)),
    changed: ids.filter((id) => before.has(id) && !isSame(id)),
    unchanged: ids.filter((id) => before.has(id) && isSame(id)),
  };
}

/** Under which name the API server keeps what was applied here. */
export const fieldManager = 'ballast';

/** Kind, namespace and name of an object, which tell it from all others of a stack. */
export function idOf({ kind, metadata: { namespace, name } }: Manifest | Stored): string {
  return [kind, ...(namespace === undefined ? [] : [namespace]), name].join('/');
}

const asJson = ['--output', 'json'];

/** Objects by {@link idOf}. Of one object, kubectl prints the object itself, and of none nothing. */
function stored(printed: string): ReadonlyMap<string, Stored> {
  const parsed = (printed === '' ? { items: [] } : JSON.parse(printed)) as
    Stored | { readonly items: readonly Stored[] };
  const items = 'items' in parsed ? parsed.items : [parsed];
  return new Map(items.map((each) => [idOf(each), each]));
}

/** Without what the API server keeps books of: it counts an object as new that says what it said before. */
function contentOf(object: Stored | undefined): string {
  const { status: _, metadata = {}, ...fields } = object ?? {};
  const books = ['managedFields', 'resourceVersion', 'generation'];
  const own = Object.entries(metadata).filter(([key]) => !books.includes(key));
  return JSON.stringify({ ...fields, metadata: own });
}

const list = (items: readonly Manifest[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** A manifest with the value that the cluster has at a path; as it is where there is none. */
function asStored(manifest: unknown, there: unknown, [step = '', ...rest]: readonly string[]): unknown {
  const value = at(there, step);
  if (value === undefined) return manifest;
  return { ...(manifest as object), [step]: rest.length === 0 ? value : asStored(at(manifest, step), value, rest) };
}
