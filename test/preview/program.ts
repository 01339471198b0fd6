import { compose } from '../../infra/compose.ts';
import { missingCredentials } from '../../infra/missing-credentials.ts';
import { project, readStackConfig } from '../../infra/read-config.ts';
import { collect } from '../../infra/render/collect.ts';
import { toManifest, type Manifest } from '../../infra/render/manifest.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { root } from '../processes.ts';

/** Every resource of the program under one configuration. */
export type Registered = readonly RegisteredResource[];

const committed = readStackFile(root, 'prod');

/** The stack prod as it is committed, with changes of its configuration: values under keys of `ballast:`. */
export async function prodWith(changes: Readonly<Record<string, object>> = {}): Promise<Registered> {
  const merged = Object.entries(changes).map(([key, value]) => {
    const before = JSON.parse(committed[`ballast:${key}`] ?? '{}') as object;
    return [`ballast:${key}`, JSON.stringify({ ...before, ...value })];
  });
  const config = readStackConfig({ ...committed, ...(Object.fromEntries(merged) as Record<string, string>) });
  const credentials = Object.fromEntries(missingCredentials(config).map((name) => [name, `${name} of a test`]));
  return collect(() => compose(config, { stack: 'prod', credentials: { ...config.credentials, ...credentials } }), {
    project,
    stack: 'prod',
  });
}

/** Its Kubernetes objects, as `npm run render` writes them. */
export const manifestsOf = (resources: Registered): Manifest[] =>
  resources.filter(({ type }) => type.startsWith('kubernetes:')).map(({ inputs }) => toManifest(inputs));
