import { isKind } from '../kubernetes/object.ts';
import { podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

interface StatefulSetSpec {
  readonly volumeClaimTemplates?: readonly unknown[];
}

export const statefulVolume: ObjectRule = {
  name: 'stateful-volume',
  demand: 'Every StatefulSet has a volume that outlives its pods: a template of claims, or a claim.',
  reason: 'What its pods write is lost when they move, or even when they restart.',
  standard: {
    name: 'Kubernetes: StatefulSets, stable storage',
    url: 'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage',
  },
  fix: 'Add `volumeClaimTemplates` and mount the volume where it writes; make it a Deployment if it keeps nothing.',
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    if (!isKind(object, 'apps', 'StatefulSet')) return [];
    const templates = (object.spec as StatefulSetSpec | undefined)?.volumeClaimTemplates ?? [];
    const claims = (podOf(object)?.spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim);
    return templates.length + claims.length > 0 ? [] : ['it has no volume that outlives its pods'];
  },
};
