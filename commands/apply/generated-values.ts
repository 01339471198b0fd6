import { randomInt } from 'node:crypto';
import { stackLabels } from '../../infra/kubernetes/labels.ts';
import { pretendedPassword } from '../../infra/render/collect.ts';
import { isSecret, type Manifest } from '../../infra/render/manifest.ts';
import type { Kubectl } from '../kubectl.ts';

/** Values that a stack generates, by the names that its program gives them: `redis-auth-password-1`. */
export type GeneratedValues = ReadonlyMap<string, string>;

/** What @pulumi/random makes passwords of where special characters are left out. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * The values that a stack needs: those that there are, and new ones. What the stack does not name any more is dropped, so that
 * a rotation (docs/decisions/0017) has the value before and the new one.
 *
 * @param lengths In characters, by name.
 */
export function generatedValues(lengths: ReadonlyMap<string, number>, existing: GeneratedValues): GeneratedValues {
  return new Map([...lengths].map(([name, length]) => [name, existing.get(name) ?? randomText(length)]));
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Name of the Secret that keeps the values from one `up` to the next, as Pulumi's state does. */
const keeper = 'ballast-generated-values';

/** The Secret that keeps values in a stack's namespace. */
export function keeperOf(values: GeneratedValues, namespace: string, stack: string): Manifest {
  const data = Object.fromEntries([...values].map(([name, value]) => [name, encoded(value)]));
  const metadata = { name: keeper, namespace, labels: stackLabels(stack) };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
}

/** The values that the Secret in a namespace keeps; `undefined` where there is no such Secret. @throws as kubectl does. */
export async function keptValues(kubectl: Kubectl, namespace: string): Promise<GeneratedValues | undefined> {
  const get = ['get', 'secret', keeper, '--namespace', namespace, '--ignore-not-found', '--output', 'json'];
  const found = await kubectl.run(get);
  if (found === '') return undefined;
  const { data = {} } = JSON.parse(found) as { data?: Record<string, string> };
  return new Map(Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]));
}

/**
 * A Secret with its values in place of what stands for them, as `data`: the API server changes `stringData` into that, and an
 * applied object shall be the one that is stored.
 */
export function withValues(manifest: Manifest, values: GeneratedValues): Manifest {
  if (!isSecret(manifest)) return manifest;
  const { stringData = {}, ...secret } = manifest as Manifest & {
    readonly stringData?: Readonly<Record<string, string>>;
  };
  const filled = Object.entries(stringData).map(([key, text]) => [key, encoded(filledIn(text, values))]);
  return { ...secret, data: Object.fromEntries(filled) as Record<string, string> };
}

function filledIn(text: string, values: GeneratedValues): string {
  return [...values].reduce((filled, [name, value]) => filled.replaceAll(pretendedPassword(name), value), text);
}

const encoded = (text: string) => Buffer.from(text).toString('base64');
