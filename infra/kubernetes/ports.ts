import type { Port, Workload } from '../workload.ts';

/** Every port of a workload, over all its containers. */
export const portsOf = (workload: Workload): readonly Port[] => workload.containers.flatMap(({ ports = [] }) => ports);

/**
 * A port of a workload, by both names.
 *
 * @param all Every workload of the stack.
 * @param asker Who needs it, for the error: `api connects to`.
 * @throws when there is no such workload or port, with the names that there are.
 */
export function findPort(all: readonly Workload[], workload: string, port: string, asker: string): Port {
  const target = all.find(({ name }) => name === workload);
  if (target === undefined) {
    throw new Error(`${asker} "${workload}", which is no workload of this stack; there are ${list(all)}`);
  }
  const ports = portsOf(target);
  const found = ports.find(({ name }) => name === port);
  if (found === undefined) {
    throw new Error(`${asker} port "${port}" of ${workload}, which has no such port; there are ${list(ports)}`);
  }
  return found;
}

const list = (named: readonly { readonly name: string }[]) =>
  named.length === 0 ? 'none' : named.map(({ name }) => name).join(', ');
