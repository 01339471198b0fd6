import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { fingerprint, textsBelow } from './fingerprint.ts';
import { goBuild } from './go-build.ts';
import { madeOnce } from './made-once.ts';

const run = promisify(execFile);

/** A Go module that a folder under tools/ pins. */
export interface PinnedModule {
  /**
   * The folder under tools/ whose `go.mod` pins it. Programs share one only where none moves another's pins: what they
   * have in common is then compiled once.
   */
  readonly folder: string;
  /** Its path: `github.com/prometheus/prometheus`. */
  readonly module: string;
}

/** A command that is built from a pinned Go module, whose version is the tool's. */
export interface GoTool extends PinnedModule {
  /** Name of the program, and its folder in the cache. */
  readonly name: string;
  /** The command's folder in that module: `cmd/promtool`, or `.`. With `./` before it, our own beside the `go.mod`. */
  readonly command: string;
  /** What building costs from nothing, for the lines that announce it: `about five minutes on two cores`. */
  readonly cost: string;
  /** Values that the linker gives to variables: by default none. */
  readonly variables?: (version: string) => Readonly<Record<string, string>>;
  /**
   * Files of ours that are added to a module, or replace its own: texts by their paths in it, by the module. By default
   * none.
   */
  readonly ownFiles?: OwnFiles;
  /** As {@link ownFiles}, but each stands for all of Go that is in its folder. By default none. */
  readonly ownPackages?: OwnFiles;
}

type OwnFiles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Path of the command, which is built once, into the cache.
 *
 * @throws when there is no fitting Go, or the build fails; its messages are on standard error.
 */
export async function goTool(tool: GoTool): Promise<string> {
  const version = pinnedVersion(tool);
  const args = buildArguments(tool, version);
  // Not by the release of Go: what is built needs no Go to be found again.
  const content = [process.arch, args, tool.ownFiles, tool.ownPackages, textsBelow(tool.folder)];
  const folder = join(cacheFolder(), tool.name, `${version}-${fingerprint(content)}`);
  const program = join(folder, tool.name);
  await madeOnce(folder, `Another process builds ${tool.name}; waiting for it.`, async () => {
    await requireGo(tool.folder, tool.name);
    mkdirSync(folder);
    const copy = join(folder, 'module');
    const module = tool.ownFiles || tool.ownPackages ? await withOwnFiles(tool, copy) : folderOf(tool);
    await goBuild({ ...tool, folder: module, args: ['-o', program, ...args] });
    await rm(copy, { recursive: true, force: true });
  });
  return program;
}

/** What chooses among the files of packages. */
const tags = [
  // Time zones are in the program, since an image of it has none: Kubernetes' CronJobs name them.
  'timetzdata',
  // Of the ways to find targets, Prometheus has those that the stack and tests configure: by DNS, of a file, by HTTP.
  'remove_all_sd',
  'enable_dns_sd',
];

/** What `go build` is given, but for where to write. */
function buildArguments({ module, command, variables }: GoTool, version: string): string[] {
  const values = Object.entries(variables?.(version) ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return [
    '-trimpath',
    // The program is not of this repository's commit.
    '-buildvcs=false',
    `-tags=${tags.join(',')}`,
    // Symbols for a debugger are left out, as in the published programs: they double the size.
    `-ldflags=${['-s', '-w', ...values].join(' ')}`,
    command.startsWith('./') ? command : posix.join(module, command),
  ];
}

const folderOf = ({ folder }: Pick<PinnedModule, 'folder'>) => join(import.meta.dirname, folder);

const goModOf = (folder: string) => readFileSync(join(folderOf({ folder }), 'go.mod'), 'utf8');

/** The version that the module is pinned at. @throws when it is not. */
export function pinnedVersion({ folder, module }: PinnedModule): string {
  const version = new RegExp(`^\\s*(?:require )?${module} (v\\S+)`, 'm').exec(goModOf(folder))?.[1];
  if (version === undefined) throw new Error(`tools/${folder}/go.mod requires no ${module}`);
  return version;
}

/**
 * @param folder under tools/; its `go.mod` says which Go is needed.
 * @throws when there is none, or an older one, saying what needs it.
 */
export async function requireGo(folder: string, needing: string): Promise<void> {
  const [, needed = ''] = /^go (\d+\.\d+)/m.exec(goModOf(folder)) ?? [];
  const found = await run('go', ['env', 'GOVERSION'], { cwd: folderOf({ folder }) }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  const [, minor = '0'] = /^go1\.(\d+)/.exec(found ?? '') ?? [];
  if (Number(minor) >= Number(needed.split('.')[1])) return;
  const here = found === undefined ? 'there is none on the PATH' : `the one on the PATH is ${found}`;
  throw new Error(`Go ${needed} or newer is needed for ${needing}, and ${here}: install it.`);
}

/** Where Go keeps the module, which it downloads once: everything that its project publishes. */
export async function moduleFolder({ folder, module }: PinnedModule): Promise<string> {
  await requireGo(folder, module);
  const cwd = folderOf({ folder });
  await run('go', ['mod', 'download', module], { cwd });
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd });
  return stdout.trim();
}

/**
 * Copies modules, since nobody may write to Go's own, and puts files of ours into them.
 *
 * @param copy where to; it is returned, and is a module that has the tool's pins, but takes the copies.
 */
async function withOwnFiles(tool: GoTool, copy: string): Promise<string> {
  const { ownFiles = {}, ownPackages = {} } = tool;
  cpSync(folderOf(tool), copy, { recursive: true });
  for (const module of Object.keys({ ...ownFiles, ...ownPackages })) {
    const source = join(copy, 'source', module);
    mkdirSync(dirname(source), { recursive: true });
    await run('cp', ['-R', await moduleFolder({ ...tool, module }), source]);
    // Go keeps its files from being written to.
    await run('chmod', ['-R', 'u+w', source]);
    for (const path of Object.keys(ownPackages[module] ?? {})) {
      for (const theirs of globSync('*.go', { cwd: join(source, dirname(path)) })) {
        rmSync(join(source, dirname(path), theirs));
      }
    }
    for (const [path, text] of Object.entries({ ...ownFiles[module], ...ownPackages[module] })) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text);
    }
    await run('go', ['mod', 'edit', `-replace=${module}=./source/${module}`], { cwd: copy });
  }
  return copy;
}
