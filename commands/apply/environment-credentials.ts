/** Credentials of a stack, by the name that the configuration has for each. */
export type Credentials = Readonly<Record<string, string>>;

const prefix = 'BALLAST_CREDENTIAL_';

/** The credentials that the environment gives: `BALLAST_CREDENTIAL_deepinfra` gives `deepinfra`. Empty ones are none. */
export function environmentCredentials(environment: NodeJS.ProcessEnv = process.env): Credentials {
  const given = Object.entries(environment).flatMap(([name, value = '']) =>
    name.startsWith(prefix) && value !== '' ? [[name.slice(prefix.length), value] as const] : [],
  );
  return Object.fromEntries(given);
}

/** How a credential is given to a stack that is applied without Pulumi. */
export const giveInEnvironment = (name: string): string => `set the environment variable ${prefix}${name}`;
