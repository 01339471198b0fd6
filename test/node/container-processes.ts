import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes of a container, as this machine numbers them: its ID is in the names of its cgroups.
 *
 * @throws when that is no ID: the empty one of a container that does not run is in the name of every cgroup.
 */
export function processesOf(container: string): number[] {
  if (!/^[0-9a-f]{64}$/.test(container)) throw new Error(`${JSON.stringify(container)} is no ID of a container`);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}
