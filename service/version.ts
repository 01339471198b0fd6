import packageJson from './package.json' with { type: 'json' };

/** Version of this package. `SERVICE_VERSION` replaces it in what the service says of itself. */
export const version: string = packageJson.version;
