import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { SecretDescription, SecretSource } from '../secret.ts';
import type { Labels } from './labels.ts';
import type { PartObjects } from './part-objects.ts';
import { templatePieces } from './secret-template.ts';

/** Where the values of secrets come from when the program makes them. */
export interface GeneratedSecretsArgs {
  /** What the user gave under `ballast:credentials`, by name. */
  readonly credentials: Readonly<Record<string, pulumi.Input<string>>>;
  /** Protects the newest generated values. */
  readonly keepData: boolean;
}

/**
 * A Secret whose values the program makes or was given.
 *
 * A rotation gives each generated value a new resource, `<secret>-<key>-<counter>`, and keeps the one before it, which is the
 * source `previous` and the way back. That one is not protected, so that the next rotation may drop it; the newest is. So
 * counters go up one at a time: a jump would drop a protected value, which the engine refuses.
 *
 * @throws when a credential is missing, with how to give it.
 */
export function generatedSecret(
  objects: PartObjects,
  secret: SecretDescription,
  labels: Labels,
  { credentials, keepData }: GeneratedSecretsArgs,
): pulumi.Resource {
  const { name, rotation } = secret;
  const values: Record<string, pulumi.Output<string>> = {};
  const previous: Record<string, pulumi.Output<string>> = {};
  for (const [key, source] of ofKind(secret, 'generated')) {
    const make = (counter: number, protect: boolean) =>
      new random.RandomPassword(
        `${name}-${key}-${counter}`,
        { length: source.length, special: false },
        { parent: objects.parent, protect },
      ).result;
    values[key] = make(rotation, keepData);
    previous[key] = rotation > 1 ? make(rotation - 1, false) : values[key];
  }
  for (const [key, { credential }] of ofKind(secret, 'credential')) {
    const value = credentials[credential];
    if (value === undefined) throw new Error(missingCredential(name, credential));
    values[key] = pulumi.secret(value);
  }
  for (const [key, source] of ofKind(secret, 'previous')) {
    const value = previous[source.key];
    if (value === undefined) {
      throw new Error(`The secret ${name} has ${key} as the previous ${source.key}, which is no generated key of it`);
    }
    values[key] = value;
  }
  const plain = { ...values };
  for (const [key, { template }] of ofKind(secret, 'template')) {
    const pieces = templatePieces(secret, template);
    const parts = pieces.map((piece) => ('text' in piece ? piece.text : (plain[piece.key] ?? '')));
    values[key] = pulumi.secret(pulumi.all(parts).apply((all) => all.join('')));
  }
  return objects.make('secret', { name, labels }, { type: 'Opaque', stringData: values });
}

function ofKind<F extends SecretSource['from']>({ keys }: SecretDescription, from: F) {
  return Object.entries(keys).filter(
    (entry): entry is [string, Extract<SecretSource, { from: F }>] => entry[1].from === from,
  );
}

const missingCredential = (secret: string, credential: string) =>
  `The secret ${secret} needs ballast:credentials.${credential}; give it by: ` +
  `pulumi config set --secret --path 'ballast:credentials.${credential}'`;
