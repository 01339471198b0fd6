import type { SecretDescription, SecretReference } from '../secret.ts';
import type { Workload } from '../workload.ts';
import { allContainers } from './configuration.ts';
import { portsOf } from './ports.ts';

/** The secrets of the stack, by name. */
export type Secrets = ReadonlyMap<string, SecretDescription>;

/** Every value of a secret that a workload's pods hold, in the environment or as a file. */
function heldBy(workload: Workload): SecretReference[] {
  const environment = allContainers(workload).flatMap(({ secretEnvironment = {} }) => Object.values(secretEnvironment));
  const files = (workload.volumes ?? []).flatMap((volume) =>
    volume.kind === 'secret-files' ? Object.keys(volume.keys).map((key) => ({ secret: volume.secret, key })) : [],
  );
  return [...environment, ...files];
}

/** Names of the secrets whose values a workload's pods hold, sorted. */
export const secretsHeldBy = (workload: Workload): string[] =>
  [...new Set(heldBy(workload).map(({ secret }) => secret))].sort();

/**
 * Checks that every value of a secret that a workload names is made by some part.
 *
 * @throws with the workload, the secret, the key and what there is.
 */
export function checkSecretReferences(workload: Workload, secrets: Secrets): void {
  const bearers = portsOf(workload).flatMap(({ metrics }) => metrics?.bearer ?? []);
  for (const { secret, key } of [...heldBy(workload), ...bearers]) {
    const description = secrets.get(secret);
    if (description === undefined) {
      const known = [...secrets.keys()].sort().join(', ') || 'none';
      throw new Error(`${workload.name} refers to the secret ${secret}, which no part makes; there are ${known}`);
    }
    if (!(key in description.keys)) {
      const keys = Object.keys(description.keys).join(', ');
      throw new Error(`${workload.name} refers to the key ${key} of the secret ${secret}, which has ${keys}`);
    }
  }
}

/**
 * `grafana-admin=1,redis-auth=2`: the secrets that a workload's pods hold with their counters of rotation. A rotation rolls
 * exactly the pods in whose text its secret is. Absent when they hold none.
 */
export function rotations(workload: Workload, secrets: Secrets): string | undefined {
  const all = secretsHeldBy(workload).map((name) => `${name}=${secrets.get(name)?.rotation ?? 1}`);
  return all.length === 0 ? undefined : all.join(',');
}
