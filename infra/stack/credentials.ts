import type { Link } from '../connection.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';

/** What the credentials of existing parts are made from. */
export interface CredentialsArgs {
  /** Links to every part; those that the stack runs itself bring no secrets. */
  readonly links: readonly (Link | undefined)[];
  /** Rotations by name of the secret; 1 where there is none. */
  readonly rotation: Readonly<Record<string, number>>;
}

/** The secrets of parts that the stack does not run itself. */
export function describeCredentials({ links, rotation }: CredentialsArgs): PartDescription {
  const secrets = links.flatMap((link) => link?.secrets ?? []);
  const byName = new Map(secrets.map((secret) => [secret.name, { ...secret, rotation: rotation[secret.name] ?? 1 }]));
  return { workloads: [], secrets: [...byName.values()] };
}

/** The part that holds the user's credentials for existing parts. */
export class Credentials extends Part {
  constructor(args: CredentialsArgs, platform: Platform, options?: PartOptions) {
    super('Credentials', 'credentials', describeCredentials(args), platform, options);
  }
}
