import { isKind } from '../kubernetes/object.ts';
import { podOf, type Volume } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

interface StatefulSetSpec {
  readonly volumeClaimTemplates?: readonly unknown[];
}

export const statefulVolume: ObjectRule = {
  name: 'stateful-volume',
  demand:
    'Every StatefulSet has a volume that outlives its pods: a template of claims, a claim, or storage outside the cluster, such as `nfs`.',
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
    const volumes = podOf(object)?.spec.volumes ?? [];
    return templates.length > 0 || volumes.some(outlivesPods) ? [] : ['it has no volume that outlives its pods'];
  },
};

/**
 * What a volume can be that is there without its pod. The pod's own go with it, among them `ephemeral` and inline `csi`; `hostPath`
 * stays behind on its node; `cephfs`, `glusterfs`, `rbd` and the like Kubernetes no longer supports.
 *
 * Source: https://kubernetes.io/docs/concepts/storage/volumes/#volume-types
 */
const lasting = [
  'persistentVolumeClaim',
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cinder',
  'fc',
  'gcePersistentDisk',
  'iscsi',
  'nfs',
  'portworxVolume',
  'vsphereVolume',
];

const outlivesPods = (volume: Volume): boolean => lasting.some((source) => Boolean(Reflect.get(volume, source)));
