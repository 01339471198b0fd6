import type { Config } from './contract/config.ts';
import packageJson from './package.json' with { type: 'json' };

/** Version of this package. */
export const version: string = packageJson.version;

/** What the service says of its version: what it is told to say, else that of this package. */
export const versionOf = ({ SERVICE_VERSION = version }: Pick<Config, 'SERVICE_VERSION'>): string => SERVICE_VERSION;
