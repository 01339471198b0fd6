import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What of a machine a node changes while it runs. */
export interface Traces {
  /** Command lines of processes in other network or mount namespaces than this one's. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly routes: readonly string[];
  /** Rules of the packet filter. */
  readonly rules: readonly string[];
  readonly cgroups: readonly string[];
}

/** What there is now, beyond what every process has. */
export function traces(): Traces {
  return {
    processes: strangers(),
    mounts: lines(readFileSync('/proc/self/mounts', 'utf8')),
    interfaces: lines(execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' })).map(
      (line) => line.split(/\s/)[0] ?? '',
    ),
    routes: lines(execFileSync('ip', ['route'], { encoding: 'utf8' })),
    rules: lines(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })),
    cgroups: readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.includes('ballast'),
    ),
  };
}

/** A network namespace lives as long as a process in it, and so does everything in one. */
function strangers(): string[] {
  const namespace = (pid: string) => readlinkSync(join('/proc', pid, 'ns', 'net'));
  const own = namespace('self');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return namespace(pid) === own ? [] : readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
