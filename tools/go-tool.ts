import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../commands/lock.js';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);

/** A command that is built from a pinned Go module. */
export interface GoTool {
  /** Name of the program, and its folder in the cache. */
  readonly name: string;
  /** The folder under tools/ whose `go.mod` pins it. Each has a module of its own, so that none moves another's pins. */
  readonly folder: string;
  /** The module that holds the command: `github.com/prometheus/prometheus`. Its version is the tool's. */
  readonly module: string;
  /** The command's folder in that module: `cmd/promtool`, or `.`. With `./` before it, our own beside the `go.mod`. */
  readonly command: string;
  /** What building costs from nothing, for the lines that announce it: `about five minutes on two cores`. */
  readonly cost: string;
  /** Values that the linker gives to variables: by default none. */
  readonly variables?: (version: string) => Readonly<Record<string, string>>;
  /** Files by their path in the module, with their text, that its publisher leaves out, or that replace its own: by default none. */
  readonly leftOut?: Readonly<Record<string, string>>;
}

/**
 * Path of the command, which is built once, into the cache.
 *
 * @throws when there is no Go, or the build fails; its messages are on standard error.
 */
export async function goTool(tool: GoTool): Promise<string> {
  const version = pinnedVersion(tool);
  const binary = join(cacheFolder(), tool.name, version, tool.name);
  if (existsSync(binary)) return binary;
  await requireGo(tool.name);
  mkdirSync(dirname(binary), { recursive: true });
  await withLock(`${binary}.lock`, `Another process builds ${tool.name}; waiting for it.`, async () => {
    if (!existsSync(binary)) await build(tool, version, binary);
  });
  return binary;
}

/** @throws when there is no Go on the PATH, saying who needs it. */
export async function requireGo(needing: string): Promise<void> {
  try {
    await run('go', ['version']);
  } catch {
    throw new Error(`There is no Go on the PATH, by which ${needing} is made: install Go 1.26 or newer.`);
  }
}

const folderOf = ({ folder }: Pick<GoTool, 'folder'>) => join(import.meta.dirname, folder);

/** The version that the tool's go.mod pins; it is part of the binary's path, so that another one is built anew. */
export function pinnedVersion(tool: Pick<GoTool, 'folder' | 'module'>): string {
  const { folder, module } = tool;
  const goMod = readFileSync(join(folderOf(tool), 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*(?:require )?${module} (v\\S+)`, 'm').exec(goMod)?.[1];
  if (version === undefined) throw new Error(`tools/${folder}/go.mod requires no ${module}`);
  return version;
}

/** Builds beside the final path and renames, so that a build that was cut off leaves nothing that looks whole. */
async function build(tool: GoTool, version: string, binary: string): Promise<void> {
  const unfinished = `${binary}.${process.pid}`;
  const copy = `${unfinished}.module`;
  const begin = Date.now();
  const report = () => {
    console.error(`Building ${tool.name} (${tool.cost}, once): ${Math.round((Date.now() - begin) / 1000)} s`);
  };
  report();
  const progress = setInterval(report, 20_000);
  try {
    const variables = Object.entries(tool.variables?.(version) ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    // Symbols for a debugger are left out (-s -w), as in the published programs: they double the size.
    // Time zones are in the program (timetzdata), since an image of it has none: Kubernetes' CronJobs name them.
    const flags = [
      '-trimpath',
      '-tags=timetzdata',
      `-ldflags=${['-s', '-w', ...variables].join(' ')}`,
      '-o',
      unfinished,
    ];
    const command = tool.command.startsWith('./') ? tool.command : posix.join(tool.module, tool.command);
    const go = spawn('go', ['build', ...flags, command], {
      cwd: tool.leftOut === undefined ? folderOf(tool) : await withLeftOut(tool, tool.leftOut, copy),
      // Without C there is no compiler to ask for.
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 2, 2],
    });
    const [code] = (await once(go, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${tool.name} could not be built; the messages of go build are above`);
    renameSync(unfinished, binary);
  } finally {
    clearInterval(progress);
    rmSync(unfinished, { force: true });
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Where Go keeps the tool's module, which it downloads once: everything that its project publishes. */
export async function moduleFolder(tool: Pick<GoTool, 'folder' | 'module'>): Promise<string> {
  await requireGo(tool.module);
  const cwd = folderOf(tool);
  await run('go', ['mod', 'download', tool.module], { cwd });
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', tool.module], { cwd });
  return stdout.trim();
}

/**
 * Copies the module, since nobody may write to Go's own, and adds the files.
 *
 * @returns the folder of a module that has the tool's pins, but takes the copy.
 */
async function withLeftOut(tool: GoTool, files: Readonly<Record<string, string>>, copy: string): Promise<string> {
  const cwd = folderOf(tool);
  const published = await moduleFolder(tool);
  cpSync(cwd, copy, { recursive: true });
  const source = join(copy, 'source');
  await run('cp', ['-R', published, source]);
  // Go keeps its files from being written to.
  await run('chmod', ['-R', 'u+w', source]);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  await run('go', ['mod', 'edit', `-replace=${tool.module}=./source`], { cwd: copy });
  return copy;
}
