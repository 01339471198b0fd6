import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Owners } from './objects.ts';

/**
 * Where libcni, by which containerd connects pods, notes each pod that it has connected, from before the pod's first
 * container starts until it disconnects it.
 */
export const cniResults = '/var/lib/cni/results';

/** What it notes. See https://pkg.go.dev/github.com/containernetworking/cni/libcni. */
interface CniResult {
  readonly ifName: string;
  /** What containerd told of the pod. */
  readonly cniArgs: readonly (readonly [name: string, value: string])[];
  readonly result: { readonly ips: readonly { readonly address: string }[] };
}

/**
 * Whose each address is that the node has given to a pod. The API server hears that about a second later, and believes
 * in the former addresses after the node was started anew.
 */
export function ownersIn(folder: string): Owners {
  const results = readdirSync(folder).flatMap((name) => readResult(join(folder, name)) ?? []);
  const owners = results
    // Each pod has a loopback interface too.
    .filter(({ ifName }) => ifName === 'eth0')
    .flatMap(({ cniArgs, result: { ips } }) => {
      const uid = new Map(cniArgs).get('K8S_POD_UID') ?? '';
      return ips.map(({ address }) => [address.replace(/\/.*/, ''), uid] as const);
    });
  return new Map(owners);
}

/** Nothing where it is being written or removed. */
function readResult(path: string): CniResult | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CniResult;
  } catch {
    return undefined;
  }
}
