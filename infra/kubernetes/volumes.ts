import type { types } from '@pulumi/kubernetes';
import type { Container, Volume, Workload } from '../workload.ts';
import { filesName } from './configuration.ts';

type Persistent = Extract<Volume, { kind: 'persistent' }>;

/** The volumes of a workload whose data outlives the pods. */
export const persistentVolumes = (workload: Workload): Persistent[] =>
  (workload.volumes ?? []).filter((volume) => volume.kind === 'persistent');

/** Name of the claim that all pods of a workload share; those of a stateful one are `<volume>-<workload>-<number>`. */
export const claimName = (workload: Workload, volume: string): string => `${workload.name}-${volume}`;

/** The claim for a volume's data. */
export function claimSpec({ size, storageClass }: Persistent) {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...(storageClass !== undefined && { storageClassName: storageClass }),
  };
}

/** Where a container sees the workload's volumes. @throws when it mounts one that the workload does not have. */
export function volumeMounts(workload: Workload, container: Container): types.input.core.v1.VolumeMount[] {
  return Object.entries(container.mounts ?? {}).map(([name, mountPath]) => {
    const volume = workload.volumes?.find((each) => each.name === name);
    if (volume === undefined) {
      const known = workload.volumes?.map((each) => each.name).join(', ') ?? 'none';
      throw new Error(
        `${workload.name}: container ${container.name} mounts ${name}, which is no volume; there are ${known}`,
      );
    }
    const readOnly = volume.kind === 'files' || volume.kind === 'secret-files';
    return { name, mountPath, ...(readOnly && { readOnly }) };
  });
}

/** The volumes of a pod, but for those that a StatefulSet adds from its claim templates. */
export function podVolumes(workload: Workload): types.input.core.v1.Volume[] {
  return (workload.volumes ?? []).flatMap((volume) =>
    volume.kind === 'persistent' && workload.runs.as === 'stateful'
      ? []
      : [{ name: volume.name, ...source(workload, volume) }],
  );
}

function source(workload: Workload, volume: Volume): Omit<types.input.core.v1.Volume, 'name'> {
  switch (volume.kind) {
    case 'persistent':
      return { persistentVolumeClaim: { claimName: claimName(workload, volume.name) } };
    case 'claim':
      return { persistentVolumeClaim: { claimName: volume.claim } };
    case 'scratch':
      return { emptyDir: { sizeLimit: volume.size, ...(volume.inMemory === true && { medium: 'Memory' }) } };
    case 'files':
      return { configMap: { name: filesName(workload, volume.name) } };
    case 'secret-files':
      return {
        secret: {
          secretName: volume.secret,
          // The pod's group reads; nobody else does.
          defaultMode: 0o440,
          items: Object.entries(volume.keys).map(([key, path]) => ({ key, path })),
        },
      };
  }
}
