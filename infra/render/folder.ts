import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fileHeader, fileName, groupOf, toYaml, type Manifest } from './manifest.ts';

/** What a folder of manifests says about the custom resources in it; not YAML, so that applying the folder skips it. */
const notesFile = 'CUSTOM-RESOURCES.md';

/**
 * Writes manifests into a folder, one file each, and removes the files of an earlier render that are no longer made.
 *
 * @throws when the folder holds YAML or JSON that no render made, since applying the folder would apply that too; nothing is written
 *   then.
 */
export function writeManifests(folder: string, manifests: readonly Manifest[]): void {
  mkdirSync(folder, { recursive: true });
  const files = new Map(manifests.map((manifest) => [fileName(manifest), toYaml(manifest)]));
  if (files.size !== manifests.length) throw new Error('two manifests have the same kind and name');
  const existing = appliedFiles(folder);
  requireRendered(folder, existing, 'another folder');
  for (const name of existing.keys()) if (!files.has(name)) rmSync(join(folder, name));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const notes = customResourceNotes(manifests);
  if (notes === undefined) rmSync(join(folder, notesFile), { force: true });
  else writeFileSync(join(folder, notesFile), notes);
}

/**
 * The manifests in a folder that a render wrote.
 *
 * @throws when there is no such folder, it holds no manifest, or it holds YAML or JSON that no render made: applying the folder would
 *   apply that too, and nobody would have judged or compared it.
 */
export function readManifests(folder: string): Manifest[] {
  const files = existsSync(folder) ? appliedFiles(folder) : new Map<string, string>();
  if (files.size === 0) throw new Error(`${folder} holds no rendered manifest`);
  requireRendered(folder, files, 'a folder with nothing but what npm run render wrote');
  return [...files.values()].map((text) => parse(text) as Manifest);
}

function requireRendered(folder: string, files: ReadonlyMap<string, string>, allowed: string): void {
  const foreign = [...files].filter(([, text]) => !text.startsWith(fileHeader)).map(([name]) => name);
  if (foreign.length === 0) return;
  throw new Error(`${folder} holds files that no render made: ${foreign.join(', ')}. Give ${allowed}, or remove them.`);
}

/** The texts that `kubectl apply -f` takes of a folder, which goes by their names' endings, by those names in their order. */
const appliedFiles = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => /\.(yaml|yml|json)$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

/** API groups that every cluster serves end with `.k8s.io` or have no dot; the gateway's is the exception. */
function customResourceNotes(manifests: readonly Manifest[]): string | undefined {
  const kinds = new Set(manifests.filter(isCustom).map(({ apiVersion, kind }) => `- ${kind} (${apiVersion})`));
  if (kinds.size === 0) return undefined;
  const intro = 'These kinds are no part of Kubernetes. The cluster needs their definitions and controllers first:';
  return `${[intro, '', ...[...kinds].sort()].join('\n')}\n`;
}

function isCustom(manifest: Manifest): boolean {
  const group = groupOf(manifest);
  if (group === 'gateway.networking.k8s.io') return true;
  return group.includes('.') && !group.endsWith('.k8s.io');
}
