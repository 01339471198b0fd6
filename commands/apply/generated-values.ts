import { randomInt } from 'node:crypto';
import { pretendedPassword } from '../../infra/render/collect.ts';
import { isSecret, type Manifest } from '../../infra/render/manifest.ts';
import { Failure } from '../failure.ts';

/** Values that a stack generates, by the names that its program gives them: `redis-auth-password-1`. */
export type GeneratedValues = ReadonlyMap<string, string>;

/** What @pulumi/random makes passwords of where special characters are left out. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * The values that a stack needs: those that there are, and new ones. What the stack does not name any more is kept, since a part
 * that is switched off and on again finds its data as it was, and so does a rotation (docs/decisions/0017) that is taken back.
 *
 * @param lengths In characters, by name.
 */
export function generatedValues(lengths: ReadonlyMap<string, number>, existing: GeneratedValues): GeneratedValues {
  const needed = [...lengths].map(([name, length]) => [name, existing.get(name) ?? randomText(length)] as const);
  return new Map([...existing, ...needed]);
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/**
 * A manifest with values in place of what stands for them in the `stringData` of a Secret. They are `data` then: the API server
 * changes one into the other, and an applied object shall be the one that is stored.
 *
 * @throws {Failure} when a name stands for its value anywhere else: it would be applied as it is.
 */
export function withValues(manifest: Manifest, values: GeneratedValues): Manifest {
  const { stringData, ...others } = manifest as SecretManifest;
  requireNoName(isSecret(manifest) ? others : manifest, values);
  if (!isSecret(manifest)) return manifest;
  const filled = Object.entries(stringData ?? {}).map(([key, text]) => [key, encoded(filledIn(text, values))] as const);
  return { ...others, data: { ...others.data, ...Object.fromEntries(filled) } };
}

type SecretManifest = Manifest & Readonly<Partial<Record<'stringData' | 'data', Readonly<Record<string, string>>>>>;

function requireNoName(manifest: Manifest, values: GeneratedValues): void {
  const data = isSecret(manifest) ? Object.values((manifest as SecretManifest).data ?? {}) : [];
  const texts = [JSON.stringify(manifest), ...data.map((base64) => Buffer.from(base64, 'base64').toString())];
  const left = [...values.keys()].find((name) => texts.some((text) => text.includes(pretendedPassword(name))));
  if (left === undefined) return;
  const { kind, metadata } = manifest;
  throw new Failure(
    `${kind}/${metadata.name} has ${left} elsewhere than in a Secret's stringData, where it is not filled in.`,
  );
}

function filledIn(text: string, values: GeneratedValues): string {
  return [...values].reduce((filled, [name, value]) => filled.replaceAll(pretendedPassword(name), value), text);
}

const encoded = (text: string) => Buffer.from(text).toString('base64');
