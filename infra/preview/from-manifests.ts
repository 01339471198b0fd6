import { isDeepStrictEqual } from 'node:util';
import { compareFields } from '../render/compare.ts';
import { byIdentity } from '../render/identity.ts';
import { lossOf } from '../render/impact.ts';
import type { Manifest } from '../render/manifest.ts';
import type { ResourceChange, StackPreview } from './change.ts';
import { consequenceOf } from './consequence.ts';
import { Mask } from './mask.ts';
import { partsOf } from './parts.ts';

/** The preview of a stack as the difference of two renders of it. */
export function previewOfManifests(
  stack: string,
  before: readonly Manifest[],
  after: readonly Manifest[],
): StackPreview {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  const objects = [...new Set([...now.keys(), ...old.keys()])].map((identity) => {
    const [previous, next] = [old.get(identity), now.get(identity)];
    return { previous, next, differs: !isDeepStrictEqual(previous, next) };
  });
  const mask = new Mask();
  for (const { previous, next, differs } of objects)
    for (const side of differs ? [previous, next] : [next]) if (side !== undefined) mask.learn(side, differs);
  const partOf = partsOf([...after, ...before]);
  const changes = objects
    .filter(({ differs }) => differs)
    .flatMap(({ previous, next }) => {
      const change = changeOf(previous, next, mask);
      return change === undefined ? [] : [{ ...change, part: partOf(next ?? previous) }];
    });
  return {
    stack,
    source: 'manifests',
    changes,
    renamed: [],
    errors: [],
    objects: { before, after, complete: true },
  };
}

function changeOf(
  before: Manifest | undefined,
  after: Manifest | undefined,
  mask: Mask,
): Omit<ResourceChange, 'part'> | undefined {
  const { kind, metadata } = (after ?? before) as Manifest;
  const names = {
    kind,
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  };
  const clean = mask.pair(before, after);
  if (before === undefined) return { ...names, operation: 'create', ...clean, fields: [] };
  if (after === undefined) {
    const loss = lossOf(before);
    const data = loss === undefined ? {} : { consequence: { kind: 'data', reason: loss, fields: [] } as const };
    return { ...names, operation: 'delete', ...clean, fields: [], ...data };
  }
  if (clean.before === undefined || clean.after === undefined) return undefined;
  const fields = compareFields(clean.before, clean.after);
  if (fields.length === 0) return undefined;
  const consequence = consequenceOf(before, fields);
  const operation = consequence?.kind === 'replace' ? 'replace' : 'update';
  return { ...names, operation, ...clean, fields, ...(consequence && { consequence }) };
}
