import { createHash } from 'node:crypto';
import type { Container, Workload } from '../workload.ts';

/** A ConfigMap of a workload. */
export interface ConfigMapDescription {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Every container of a workload, in the order in which they start. */
export const allContainers = (workload: Workload): readonly Container[] => [
  ...(workload.preparation ?? []),
  ...workload.containers,
];

/** Name of the ConfigMap of a container's environment: a workload's only container needs no name of its own in it. */
export const environmentName = (workload: Workload, container: Container): string =>
  allContainers(workload).length === 1
    ? `${workload.name}-environment`
    : `${workload.name}-${container.name}-environment`;

/** Name of the ConfigMap of a volume of files. */
export const filesName = (workload: Workload, volume: string): string => `${workload.name}-${volume}`;

/**
 * A container's plain settings in two: those for its ConfigMap, and those that stay in its `env` because the kubelet expands
 * `$(NAME)` only there: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 *
 * @throws when a setting names a variable that is in neither of the container's other tables: it would stay as it is written.
 */
export function splitEnvironment(workload: Workload, container: Container) {
  const entries = Object.entries(container.environment ?? {});
  const expanding = entries.filter(([, value]) => value.includes('$('));
  const known = [...Object.keys(container.secretEnvironment ?? {}), ...Object.keys(container.environmentFromPod ?? {})];
  for (const [key, value] of expanding) {
    // `$$(` is how one writes a `$(` that stays.
    for (const [, name = ''] of value.matchAll(/(?<!\$)\$\(([^)]*)\)/g)) {
      if (known.includes(name)) continue;
      throw new Error(
        `${workload.name}: ${key} of container ${container.name} refers to $(${name}), which is not in its ` +
          `secretEnvironment or environmentFromPod (${known.join(', ') || 'both empty'})`,
      );
    }
  }
  return {
    plain: Object.fromEntries(entries.filter(([, value]) => !value.includes('$('))),
    expanding: Object.fromEntries(expanding),
  };
}

/**
 * The ConfigMaps of a workload: one for each container with plain settings, one for each volume of files.
 *
 * @throws when two have the same name.
 */
export function configMaps(workload: Workload): ConfigMapDescription[] {
  const environments = allContainers(workload).flatMap((container) => {
    const { plain } = splitEnvironment(workload, container);
    return Object.keys(plain).length === 0 ? [] : [{ name: environmentName(workload, container), data: plain }];
  });
  const files = (workload.volumes ?? []).flatMap((volume) =>
    volume.kind === 'files' ? [{ name: filesName(workload, volume.name), data: volume.files }] : [],
  );
  const all = [...environments, ...files];
  const double = all.find(({ name }, index) => all.findIndex((other) => other.name === name) !== index);
  if (double)
    throw new Error(`${workload.name} has two ConfigMaps named ${double.name}; rename the volume or the container`);
  return all;
}

/** Sixteen hexadecimal digits of all that a workload is told: another value is another set of pods. */
export function configurationChecksum(workload: Workload): string {
  const told = {
    configMaps: Object.fromEntries(configMaps(workload).map(({ name, data }) => [name, data])),
    expanding: allContainers(workload).map((container) => splitEnvironment(workload, container).expanding),
  };
  return createHash('sha256').update(JSON.stringify(told, sortedKeys)).digest('hex').slice(0, 16);
}

/** The order in which settings are written down does not count. */
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
