import { isDeepStrictEqual } from 'node:util';
import { compareFields } from '../render/compare.ts';
import { lossOf } from '../render/impact.ts';
import type { Manifest } from '../render/manifest.ts';
import type { ResourceChange, StackPreview } from './change.ts';
import { consequenceOf } from './consequence.ts';
import { byIdentity } from './identity.ts';
import { Mask } from './mask.ts';
import { partsOf } from './parts.ts';

/** The preview of a stack as the difference of two renders of it. */
export function previewOfManifests(
  stack: string,
  before: readonly Manifest[],
  after: readonly Manifest[],
  mask = new Mask(),
): StackPreview {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  for (const [from, to] of [
    [old, now],
    [now, old],
  ] as const) {
    for (const [identity, manifest] of from) mask.learn(manifest, !isDeepStrictEqual(manifest, to.get(identity)));
  }
  const partOf = partsOf([...after, ...before]);
  const changes = [...new Set([...now.keys(), ...old.keys()])].flatMap((identity) => {
    const change = changeOf(old.get(identity), now.get(identity), mask);
    const sides = [now.get(identity), old.get(identity)];
    return change === undefined ? [] : [{ ...change, part: partOf(sides.find((side) => side !== undefined)) }];
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
  if (isDeepStrictEqual(before, after)) return undefined;
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
