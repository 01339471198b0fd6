import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What stands for a value that only the stack's secrets provider can decrypt. */
const sealed = '[secret]';

/**
 * The configuration of a stack as the engine would pass it to the program: every key with its text, objects as JSON. Encrypted
 * values are replaced by a placeholder, so that no credentials are needed.
 *
 * @param folder Where `Pulumi.<stack>.yaml` is.
 * @throws when there is no such stack, naming those there are.
 */
export function readStackFile(folder: string, stack: string): Record<string, string> {
  return engineTexts(writtenConfiguration(folder, stack));
}

/** The configuration of a stack as its file has it, with encrypted values. @throws as {@link readStackFile} does. */
export function writtenConfiguration(folder: string, stack: string): Readonly<Record<string, unknown>> {
  requireStack(folder, stack);
  return parseStackFile(readFileSync(join(folder, `Pulumi.${stack}.yaml`), 'utf8'));
}

/** What is written in a stack's file, as {@link readStackFile} gives it. */
export function engineTexts(written: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => {
      const open = unseal(value);
      return [key, typeof open === 'string' ? open : JSON.stringify(open)];
    }),
  );
}

/** @throws when a folder has no file of a stack, naming those there are. */
export function requireStack(folder: string, stack: string): void {
  const known = stackNames(folder);
  if (known.includes(stack)) return;
  throw new Error(`There is no stack ${JSON.stringify(stack)}: known are ${known.join(', ') || 'none'}`);
}

/** The configuration in the text of a stack's file: every key with its value, as it is written there. */
export function parseStackFile(text: string): Readonly<Record<string, unknown>> {
  const file = parse(text) as { config?: Readonly<Record<string, unknown>> | null } | null;
  return file?.config ?? {};
}

/** Whether there is an encrypted value in a value of a stack's file. */
export function isSealed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isSealedAsWhole(value) || Object.values(value).some(isSealed);
}

/** Whether it is one encrypted value, as Pulumi writes it at any depth: `{secure: ciphertext}`. */
export function isSealedAsWhole(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'secure';
}

/** The stacks that have a file in the folder. */
export function stackNames(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^Pulumi\.([A-Za-z0-9._-]+)\.yaml$/.exec(name)?.[1] ?? []);
}

function unseal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unseal);
  if (typeof value !== 'object' || value === null) return value;
  if (isSealedAsWhole(value)) return sealed;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unseal(inner)]));
}
