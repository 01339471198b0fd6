import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, watch, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiServerClient } from '../api-server-client.ts';
import { accessOf } from '../kubeconfig.ts';
import { mirrored } from './mirror.ts';
import type { Namespace, NetworkPolicy, Pod } from './objects.ts';
import { cniResults, ownersIn } from './owners.ts';
import { ruleset } from './ruleset.ts';

// node enforce.ts KUBECONFIG MARK: runs in the node's namespaces for as long as it lives, and turns network policies into
// rules of the packet filter; with its first rules it writes the file MARK. A small enforcer for tests, in place of a network plugin that does this for many nodes.
// From its first rules on a pod has no network until its own are in force, which is before its first container starts.

const [kubeconfig = '', mark = ''] = process.argv.slice(2);
const client = new ApiServerClient(accessOf(kubeconfig));

let pods: readonly Pod[] | undefined;
let namespaces: readonly Namespace[] | undefined;
let policies: readonly NetworkPolicy[] | undefined;
let changed = Promise.withResolvers<undefined>();

mkdirSync(cniResults, { recursive: true });
watch(cniResults, () => changed.resolve(undefined));
void follow(mirrored<Pod>(client, '/api/v1/pods'), (all) => (pods = all));
void follow(mirrored<Namespace>(client, '/api/v1/namespaces'), (all) => (namespaces = all));
void follow(mirrored<NetworkPolicy>(client, '/apis/networking.k8s.io/v1/networkpolicies'), (all) => (policies = all));

for (let inForce = ''; ;) {
  await changed.promise;
  // Changes come in bursts.
  await sleep(10);
  changed = Promise.withResolvers();
  if (pods === undefined || namespaces === undefined || policies === undefined) continue;
  const rules = ruleset({ pods, namespaces, policies }, ownersIn(cniResults));
  if (rules === inForce) continue;
  try {
    await nft(rules);
    if (inForce === '') writeFileSync(mark, '');
    inForce = rules;
  } catch (error) {
    console.error(error);
    await sleep(1_000);
    changed.resolve(undefined);
  }
}

async function follow<T>(mirror: AsyncGenerator<T>, take: (all: T) => void): Promise<void> {
  for await (const all of mirror) {
    take(all);
    changed.resolve(undefined);
  }
}

/** Replaces all rules at once, or none. @throws when nft refuses. */
async function nft(rules: string): Promise<void> {
  const child = spawn('nft', ['--file', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  // That it ends early shows below.
  child.stdin.on('error', () => undefined).end(rules);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`nft refuses, with code ${code}:\n${rules}`);
}
