import type { FieldChange } from '../render/compare.ts';
import { impactOf } from '../render/impact.ts';
import type { Manifest } from '../render/manifest.ts';
import type { Consequence } from './change.ts';

/** Annotations of a pod that change with what the pod reads only at its start. */
const causes: Readonly<Record<string, string>> = {
  'spec.template.metadata.annotations["ballast.dev/configuration"]': 'its configuration changes',
  'spec.template.metadata.annotations["ballast.dev/rotation"]': 'a secret that it reads is rotated',
};

/** What a change of these fields does to an object, judged by Kubernetes' own rules; nothing for a change in place. */
export function consequenceOf(before: Manifest, fields: readonly FieldChange[]): Consequence | undefined {
  const impact = impactOf(before, fields);
  if (impact === undefined) return undefined;
  if (impact.kind === 'replace') {
    const fixed = fields.filter((field) => impactOf(before, [field])?.kind === 'replace');
    return { kind: 'replace', reason: 'cannot change in place', fields: fixed.map(({ path }) => path) };
  }
  const ofPods = fields.filter(({ path }) => path.startsWith('spec.template')).map(({ path }) => path);
  const reasons = ofPods.map((path) => causes[path]);
  const [first] = reasons;
  const single = first !== undefined && reasons.every((reason) => reason === first);
  return { kind: 'restart', reason: single ? first : 'its pod template changes', fields: [] };
}
