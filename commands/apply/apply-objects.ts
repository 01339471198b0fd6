import type { Manifest } from '../../infra/render/manifest.ts';
import { Failure } from '../failure.ts';
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
 * @param setByOthers The fields of an object that others set once it is there; they are left out then.
 * @throws {Failure} with kubectl's messages when one is refused; those before it are applied.
 */
export async function applyObjects(
  kubectl: Kubectl,
  manifests: readonly Manifest[],
  setByOthers: ReadonlyMap<Manifest, readonly string[]>,
): Promise<Applied> {
  const get = ['get', '--ignore-not-found', '--filename=-'];
  const before = contents(await kubectl.run([...get, ...asJson], list(manifests)));
  const applied = manifests.map((manifest) => {
    const fields = before.has(idOf(manifest)) ? (setByOthers.get(manifest) ?? []) : [];
    return fields.reduce(without, manifest);
  });
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=ballast', '--filename=-'];
  const after = contents(await kubectl.run([...apply, ...asJson], list(applied)).catch(refused));
  const ids = [...after.keys()];
  return {
    created: ids.filter((id) => !before.has(id)),
    changed: ids.filter((id) => before.has(id) && before.get(id) !== after.get(id)),
    unchanged: ids.filter((id) => before.get(id) === after.get(id)),
  };
}

const asJson = ['--output', 'json'];

/** By object, what it says. Of one object, kubectl prints the object itself, and of none nothing. */
function contents(printed: string): ReadonlyMap<string, string> {
  const parsed = (printed === '' ? { items: [] } : JSON.parse(printed)) as
    Stored | { readonly items: readonly Stored[] };
  const items = 'items' in parsed ? parsed.items : [parsed];
  return new Map(items.map((each) => [idOf(each), contentOf(each)]));
}

/** Without what the API server keeps books of: it counts an object as new that says what it said before. */
function contentOf({ status: _, metadata, ...fields }: Stored): string {
  const books = ['managedFields', 'resourceVersion', 'generation'];
  const own = Object.entries(metadata).filter(([key]) => !books.includes(key));
  return JSON.stringify({ ...fields, metadata: own });
}

function idOf({ kind, metadata: { namespace, name } }: Manifest | Stored): string {
  return [kind, ...(namespace === undefined ? [] : [namespace]), name].join('/');
}

const list = (items: readonly Manifest[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

function refused(error: unknown): never {
  throw new Failure((error as Error).message);
}

/** A manifest without a field: `spec.replicas`. */
function without(manifest: Manifest, path: string): Manifest {
  return left(manifest, path.split('.')) as Manifest;
}

function left(value: unknown, [step = '', ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [step]: inner, ...others } = value as Readonly<Record<string, unknown>>;
  return rest.length === 0 || inner === undefined ? others : { ...others, [step]: left(inner, rest) };
}
