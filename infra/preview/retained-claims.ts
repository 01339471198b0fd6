import type { Manifest } from '../render/manifest.ts';
import { copiesOf } from './copies.ts';
import { byIdentity } from '../render/identity.ts';
import { claimedVolumes } from './pod-resources.ts';
import { textAt } from './untyped.ts';

/** Volumes of a StatefulSet that stay as they are through a change. */
export interface RetainedClaims {
  readonly workload: Manifest;
  readonly volume: string;
  readonly count: number;
  /** Of each, in bytes. */
  readonly size: number;
  /** `left`: no copy uses them any more. `taken-over`: copies go on with them, whatever size the template has now. */
  readonly kind: 'left' | 'taken-over';
}

/**
 * Claims that outlive a change. By default they stay when their StatefulSet is deleted or has fewer copies, and one of the same name
 * takes them over: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
export function retainedClaims(before: readonly Manifest[], after: readonly Manifest[]): readonly RetainedClaims[] {
  const now = byIdentity(after);
  const sets = [...byIdentity(before)].filter(([, { kind }]) => kind === 'StatefulSet');
  return sets.flatMap(([identity, workload]) => {
    const next = now.get(identity);
    const sizes = next === undefined ? {} : claimedVolumes(next);
    const had = copiesOf(workload, before).fewest;
    return Object.entries(claimedVolumes(workload)).flatMap(([volume, size]): RetainedClaims[] => {
      const of = (kind: RetainedClaims['kind'], count: number) =>
        count > 0 ? [{ workload, volume, count, size, kind }] : [];
      const fresh = sizes[volume];
      if (next === undefined || fresh === undefined) return keeps(workload, 'whenDeleted') ? of('left', had) : [];
      // A template of another size is another StatefulSet.
      if (fresh !== size && !keeps(workload, 'whenDeleted')) return [];
      const has = copiesOf(next, after).fewest;
      return [
        ...(fresh === size ? [] : of('taken-over', Math.min(had, has))),
        ...(keeps(next, 'whenScaled') ? of('left', had - has) : []),
      ];
    });
  });
}

const keeps = (workload: Manifest, when: 'whenDeleted' | 'whenScaled') =>
  textAt(workload, 'spec', 'persistentVolumeClaimRetentionPolicy', when) !== 'Delete';
