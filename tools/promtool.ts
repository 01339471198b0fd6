import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../commands/lock.js';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);
const modulePath = 'github.com/prometheus/prometheus';

/**
 * Path of a promtool 3: the one on the PATH, else the one in the cache, else one that is built from the pinned Go module
 * into the cache. Building takes about five minutes on two cores, once.
 *
 * @throws when there is neither a promtool 3 nor Go.
 */
export async function promtool(): Promise<string> {
  if (await isVersion3('promtool')) return 'promtool';
  const binary = join(cacheFolder(), 'promtool', pinnedVersion(), 'promtool');
  if (existsSync(binary)) return binary;
  if (!(await hasGo())) {
    throw new Error('The tests need promtool 3: install it, or install Go 1.26 or newer so that it can be built.');
  }
  mkdirSync(dirname(binary), { recursive: true });
  await withLock(`${binary}.lock`, 'Another process builds promtool; waiting for it.', async () => {
    if (!existsSync(binary)) await build(binary);
  });
  return binary;
}

/** The version that tools/go.mod pins; it is part of the binary's path, so that another one is built anew. */
function pinnedVersion(): string {
  const goMod = readFileSync(join(import.meta.dirname, 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*(?:require )?${modulePath} (v\\S+)`, 'm').exec(goMod)?.[1];
  if (version === undefined) throw new Error(`tools/go.mod requires no ${modulePath}`);
  return version;
}

async function isVersion3(command: string): Promise<boolean> {
  try {
    const { stdout, stderr } = await run(command, ['--version']);
    return /version 3\./.test(stdout + stderr);
  } catch {
    return false;
  }
}

async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch {
    return false;
  }
}

/** Builds beside the final path and renames, so that a build that was cut off leaves nothing that looks whole. */
async function build(binary: string): Promise<void> {
  const unfinished = `${binary}.${process.pid}`;
  const begin = Date.now();
  const report = () => {
    console.error(
      `Building promtool (about five minutes on two cores, once): ${Math.round((Date.now() - begin) / 1000)} s`,
    );
  };
  report();
  const progress = setInterval(report, 20_000);
  try {
    const go = spawn('go', ['build', '-o', unfinished, `${modulePath}/cmd/promtool`], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 2, 2],
    });
    const code = await new Promise((resolve, reject) => go.on('error', reject).on('exit', resolve));
    if (code !== 0) throw new Error('promtool could not be built; the messages of go build are above');
    renameSync(unfinished, binary);
  } finally {
    clearInterval(progress);
    rmSync(unfinished, { force: true });
  }
}
