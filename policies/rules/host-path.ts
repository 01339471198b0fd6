import { isKind, type KubernetesObject } from '../kubernetes/object.ts';
import { podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const hostPath: ObjectRule = {
  name: 'host-path',
  demand:
    'No volume is a `hostPath`, neither of a pod nor of a PersistentVolume. A PersistentVolume may be `local`: Kubernetes starts its ' +
    'pods on the node that has it.',
  reason:
    "A path of the node leads to the kubelet's credentials and to other pods' data, and stays behind when the pod moves.",
  standard: {
    name: 'Pod Security Standards, baseline: hostPath volumes',
    url: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  },
  fix: 'Use a `persistentVolumeClaim` for what must stay and an `emptyDir` for what need not.',
  level: 'mandatory',
  severity: 'critical',
  checkObject(object) {
    const own = pathOf(persistentVolume(object));
    return [
      ...(own === undefined ? [] : [`it is the path ${own} of a node`]),
      ...(podOf(object)?.spec.volumes ?? []).flatMap((volume) => {
        const path = pathOf(volume);
        return path === undefined ? [] : [`volume "${volume.name}" is the path ${path} of the node`];
      }),
    ];
  },
};

interface Source {
  readonly hostPath?: { readonly path?: string };
}

const persistentVolume = (object: KubernetesObject): Source | undefined =>
  isKind(object, '', 'PersistentVolume') ? (object.spec as Source | undefined) : undefined;

function pathOf(source: Source | undefined): string | undefined {
  const path = source?.hostPath;
  return path ? (path.path ?? '(none)') : undefined;
}
