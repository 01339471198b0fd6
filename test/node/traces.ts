import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cgroup } from '../../tools/cluster/layout.ts';

/** What of a machine a node changes while it runs. */
export interface Traces {
  /** Command lines of the processes in network namespaces that were not there before. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  /** Of the main tables, for IPv4 and IPv6. */
  readonly routes: readonly string[];
  /** Which tables of routes are asked, and in which order. */
  readonly routingRules: readonly string[];
  /** Rules of the packet filter. */
  readonly filterRules: readonly string[];
  /** Those of the node of the tests, in every hierarchy. */
  readonly cgroups: readonly string[];
  /** Settings of the whole machine that a kubelet changes. */
  readonly kernelSettings: readonly string[];
}

/** By their files below /proc/sys. */
const settings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/**
 * What there is now, beyond what every process has.
 *
 * @param known Network namespaces from before the node: whatever is in them is not the node's.
 */
export function traces(known: ReadonlySet<string>): Traces {
  const cgroups = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' });
  return {
    // Every process of a node, and whatever it starts, is in a namespace that the node or one of its pods has made.
    processes: processes().flatMap(({ namespace, command }) => (known.has(namespace) ? [] : command)),
    mounts: lines(readFileSync('/proc/self/mounts', 'utf8')),
    interfaces: ip('-brief', 'link').map((line) => line.split(/\s/)[0] ?? ''),
    // What a router has announced has a time that runs down.
    routes: [...ip('route'), ...ip('-6', 'route')].map((route) => route.replace(/ expires \d+sec/, '')),
    routingRules: ip('rule'),
    filterRules: lines(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })),
    cgroups: cgroups.filter((path) => `/${path}/`.includes(`${cgroup}/`)),
    kernelSettings: settings.map((setting) => readFileSync(join('/proc/sys', setting), 'utf8')),
  };
}

/** The network namespaces of this machine's processes. */
export const networkNamespaces = (): ReadonlySet<string> => new Set(processes().map(({ namespace }) => namespace));

interface Process {
  /** Its network namespace. */
  readonly namespace: string;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
        return [{ namespace: readlinkSync(join('/proc', pid, 'ns', 'net')), command }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

const ip = (...args: readonly string[]) => lines(execFileSync('ip', args, { encoding: 'utf8' }));

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
