import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryResponse } from '../../service/contract/schemas.ts';
import { freePort, root, run, type Ended } from '../processes.ts';

/** `npm ci` downloads a few hundred packages where npm's cache is cold; a busy disk takes a minute to delete them. */
const installTimeoutMs = 300_000;

let clone: string;
let env: Record<string, string>;
let up: Ended;

/** The PATH as a newcomer has it: without this repository's Node 24. */
function systemPath(): string {
  const entries = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  return entries.join(delimiter);
}

function npm(...args: string[]): Promise<Ended> {
  return run('npm', args, { cwd: clone, env });
}

beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'ballast-clone-'));
  const files = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const file of files.stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))) {
    cpSync(join(root, file), join(clone, file), { recursive: true });
  }
  expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  env = { PATH: systemPath(), PORT: String(await freePort()) };
  up = await npm('run', 'up');
}, installTimeoutMs);

afterAll(async () => {
  await npm('run', 'down');
  await rm(clone, { recursive: true, force: true });
}, installTimeoutMs);

describe('a clone on which nothing is installed', () => {
  test('is up after one command, with the packages and the Node of its lock file', async () => {
    expect(up.stdout + up.stderr).toMatch(/Installed in \d+ s\./);
    expect(up.code).toBe(0);
    expect(up.stdout).toMatch(/^API +real +ready +ballast \S+ Node 24\./m);
  });

  test('answers the question that `up` printed, pasted as it is', async () => {
    const command = /^ {2}(curl .*)$/m.exec(up.stdout)?.[1] ?? 'false';
    const { stdout } = await run('sh', ['-c', command], { cwd: clone, env });
    const answer = JSON.parse(stdout) as QueryResponse;
    expect(answer.citations.map(({ id }) => dirname(id))).toContain('docs/handbook');
  });

  test('keeps what Node compiled, so that the next command starts sooner', () => {
    expect(readdirSync(join(clone, 'node_modules', '.cache', 'ballast'))).not.toEqual([]);
  });

  test('installs nothing the second time', async () => {
    const again = await npm('run', 'up');
    expect(again.code).toBe(0);
    expect(again.stdout + again.stderr).not.toContain('Installing');
  });

  test('never installs under a running service, even when the lock file has changed', async () => {
    const lockFile = join(clone, 'package-lock.json');
    const lock = readFileSync(lockFile, 'utf8');
    writeFileSync(lockFile, `${lock}\n`);
    const again = await npm('run', 'up');
    expect(again.stdout).toContain('Ballast runs already');
    expect(again.stdout + again.stderr).not.toContain('Installing');
    const tests = await npm('test');
    expect(tests.code).not.toBe(0);
    expect(tests.stderr).toContain('npm run down first');
    writeFileSync(lockFile, lock);
  });

  test('reads .env, over which the environment wins', async () => {
    await npm('run', 'down');
    writeFileSync(join(clone, '.env'), 'SERVICE_NAME=from-dot-env\nPORT=1\n');
    const again = await npm('run', 'up');
    expect(again.stdout).toMatch(/^API +real +ready +from-dot-env /m);
  });

  test('names a command that does not exist', async () => {
    const wrong = await run('node', ['commands/bootstrap.js', 'upp'], { cwd: clone, env });
    expect(wrong).toMatchObject({ code: 1, stderr: 'there is no command "upp"\n' });
  });

  test('says what to do where the packages are gone', async () => {
    expect((await npm('run', 'down')).code).toBe(0);
    // Moved, since a busy disk takes a minute to delete them.
    renameSync(join(clone, 'node_modules'), join(clone, 'moved'));
    const status = await npm('run', 'status');
    expect(status.code).not.toBe(0);
    expect(status.stderr).toContain('Nothing is installed yet: npm run up installs and starts the service.');
  });
});
