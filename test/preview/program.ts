import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { resourcesOf } from '../../infra/render/render.ts';
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
  return resourcesOf({ ...committed, ...(Object.fromEntries(merged) as Record<string, string>) }, 'prod');
}
