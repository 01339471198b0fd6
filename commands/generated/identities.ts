import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordIdentities, type Identities } from '../../infra/render/identities.ts';
import { stackResources } from '../../infra/render/render.ts';
import { stackNames } from '../../infra/render/stack-file.ts';
import { root } from '../running.js';

/** Where it is recorded by which URN the engine knows each object of each committed stack. */
export const identityPath = 'infra/identities.json';

/** What is recorded, by stack; empty at first. */
export function recordedIdentities(): Readonly<Record<string, Identities>> {
  const path = join(root, identityPath);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Identities>) : {};
}

/** The record after this program. An object that would lose its identity keeps the one that it has. */
export async function identityList(): Promise<string> {
  const recorded = recordedIdentities();
  const stacks: Record<string, Identities> = {};
  // One after the other: a run of the program has Pulumi's runtime for itself.
  for (const stack of stackNames(root).sort()) {
    stacks[stack] = recordIdentities(recorded[stack] ?? {}, await stackResources(root, stack));
  }
  return `${JSON.stringify(stacks, undefined, 2)}\n`;
}
