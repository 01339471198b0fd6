import { isDeepStrictEqual } from 'node:util';
import { isSealed, parseStackFile } from '../../infra/render/stack-file.ts';
import { Failure } from '../failure.ts';
import { fileOf, requireCommit } from './commits.ts';
import type { RollbackTarget } from './rollback-target.ts';

/**
 * What was set by hand and never committed is not brought back, so an update that had such a thing is refused, and so is one
 * without what its commit has. Of a secret the history records that there was one, and not what it was.
 *
 * @throws {Failure} when this clone does not have the commit, or when the commit has another configuration than the update.
 */
export async function requireSameConfiguration(stack: string, target: RollbackTarget): Promise<void> {
  const { version, commit, configuration, secrets } = target;
  await requireCommit(commit, version);
  const text = await fileOf(commit, `Pulumi.${stack}.yaml`);
  if (text === undefined) throw new Failure(`The commit ${commit} of version ${version} has no stack ${stack}.`);
  const committed = parseStackFile(text);
  const keys = [...new Set([...Object.keys(committed), ...configuration.keys(), ...secrets])].sort();
  const sealed = (key: string) => isSealed(committed[key]);
  refuse(
    keys.filter((key) => secrets.has(key) !== sealed(key)),
    (which) => `Version ${version} had other secrets than its commit ${commit} has sealed: ${which}`,
  );
  refuse(
    keys.filter((key) => !sealed(key) && !isSame(key, recordedForm(committed[key]), configuration.get(key))),
    (which) => `Version ${version} had another configuration than its commit ${commit}: ${which}`,
  );
}

function refuse(keys: readonly string[], sentence: (keys: string) => string): void {
  if (keys.length === 0) return;
  throw new Failure(`${sentence(keys.join(', '))}. It cannot be brought back: name another version by --to.`);
}

/** Keys whose values differ in two configurations of a stack's file, but for what delivery sets. Of a secret the ciphertext counts. */
export function differentKeys(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => !isSame(key, one[key], other[key])).sort();
}

const isSame = (key: string, one: unknown, other: unknown) =>
  isDeepStrictEqual(withoutDelivered(key, one), withoutDelivered(key, other));

/** A value of a stack's file as the history has it: text, or what the JSON of an object says. */
function recordedForm(value: unknown): unknown {
  const text = typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
  return text !== undefined && /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text;
}

/** A value without what delivery sets, and without the objects that this leaves empty. */
function withoutDelivered(key: string, value: unknown): unknown {
  if (key !== 'ballast:api' || typeof value !== 'object' || value === null) return value;
  const { canary, image, ...api } = value as { canary?: unknown; image?: Readonly<Record<string, unknown>> };
  const { digest, ...rest } = image ?? {};
  const left = { ...api, ...(Object.keys(rest).length > 0 && { image: rest }) };
  return Object.keys(left).length > 0 ? left : undefined;
}
