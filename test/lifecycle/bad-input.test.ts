import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasEnded } from '../../commands/running.js';
import { LocalStack } from './local-stack.ts';
import { ended, root, run, start, startServer, until } from '../processes.ts';

let stack: LocalStack;
beforeEach(async () => {
  stack = await LocalStack.create();
});
afterEach(() => stack.dispose());

const fiveBadVariables = {
  PORT: 'eighty',
  LOG_LEVEL: 'loud',
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1.5',
  REDIS_URL: 'http://:planted-password@cache',
  JWT_SECRET: 'planted-short-secret',
};

const sentences = [
  'PORT is "eighty", but must be a whole number from 1 to 65535',
  'LOG_LEVEL is "loud", but must be one of debug, info, warn, error, fatal',
  'CIRCUIT_BREAKER_FAILURE_THRESHOLD is "1.5", but must be a number from 0.01 to 1: it is a ratio',
  'REDIS_URL must be an absolute URL that starts with redis:// or rediss://',
  'JWT_SECRET must be at least 32 bytes',
];

describe('five bad variables', () => {
  test('stop the service with exit code 78, each named, and no secret shown', async () => {
    const { code, stdout, stderr } = await ended(startServer(fiveBadVariables));
    expect(code).toBe(78);
    const { level, msg } = JSON.parse(stdout) as { level: string; msg: string };
    expect(level).toBe('fatal');
    for (const sentence of sentences) expect(msg).toContain(sentence);
    expect(stdout + stderr).not.toContain('planted');
  });

  test('stop `up` before it starts anything', async () => {
    Object.assign(stack.env, fiveBadVariables);
    const { code, stdout, stderr } = await stack.command('up');
    expect(code).toBe(78);
    for (const sentence of sentences) expect(stderr).toContain(sentence);
    expect(stdout + stderr).not.toContain('planted');
    expect(existsSync(stack.runRecord)).toBe(false);
  });
});

test('a port in use is named, with what to do, and nothing is left behind', async () => {
  const other = createServer().listen(stack.port, '127.0.0.1');
  await once(other, 'listening');
  const { code, stderr } = await stack.command('up');
  expect(code).toBe(1);
  expect(stderr).toContain(`Port ${stack.port} on 127.0.0.1 is in use by another program`);
  expect(stderr).toContain('PORT=8001 npm run up');
  expect(existsSync(stack.runRecord)).toBe(false);
  other.close();
  await once(other, 'close');
  expect((await stack.command('up')).code).toBe(0);
});

test('the service itself names a port in use', async () => {
  const other = createServer().listen(stack.port, '127.0.0.1');
  await once(other, 'listening');
  const server = startServer({ PORT: String(stack.port), JWT_SECRET: 'x'.repeat(32) });
  const { code, stdout } = await ended(server);
  expect(code).toBe(1);
  expect(stdout).toContain(`port ${stack.port} on 127.0.0.1 is in use: stop what uses it, or set PORT`);
  other.close();
});

test('an unknown option and an unknown stack are named', async () => {
  const option = await stack.command('up', '--stak', 'dev');
  expect(option).toMatchObject({ code: 1, stdout: '' });
  expect(option.stderr).toContain("'--stak'");
  const unknown = await stack.command('up', '--stack', 'nowhere');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('There is no stack "nowhere"; allowed: embedded (the default), dev, prod.');
});

test('a corpus folder that does not exist stops the start, and is named', async () => {
  stack.env['CORPUS_DIR'] = join(stack.folder, 'nowhere');
  const { code, stderr } = await stack.command('up');
  expect(code).toBe(1);
  expect(stderr).toContain(`CORPUS_DIR ${join(stack.folder, 'nowhere')} cannot be read (ENOENT): it must be a folder`);
  expect(existsSync(stack.runRecord)).toBe(false);
});

test('a corpus folder that is a file stops the start, and is named', async () => {
  stack.env['CORPUS_DIR'] = join(root, 'README.md');
  const { code, stderr } = await stack.command('up');
  expect(code).toBe(1);
  expect(stderr).toContain('README.md cannot be read (ENOTDIR): it must be a folder');
});

test('a state folder where none can be made is named, with the reason', { timeout: 20_000 }, async () => {
  stack.env['BALLAST_STATE_DIR'] = '/proc/ballast/state';
  const { code, stderr } = await stack.command('up');
  expect(code).toBe(1);
  expect(stderr).toContain('The state folder /proc/ballast/state cannot be written (ENOENT)');
});

describe('a folder that cannot be written', () => {
  let folder: string;
  let release: () => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ballast-read-only-'));
    release = await makeReadOnly(folder);
  });
  afterEach(async () => {
    await release();
    rmSync(folder, { recursive: true });
  });

  test('as state folder: `up` says so, and what to do', async () => {
    stack.env['BALLAST_STATE_DIR'] = join(folder, 'state');
    const { code, stderr } = await stack.command('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /The state folder .* cannot be written \(E(ROFS|ACCES)\): make it writable, or set BALLAST_STATE_DIR/,
    );
  });

  test('as data folder: documents are kept in memory, and questions are answered', async () => {
    stack.env['DATA_DIR'] = folder;
    const up = await stack.command('up');
    expect(up.code).toBe(0);
    expect(up.stdout).toContain('SQLite FTS5 (BM25), in memory');
    expect(stack.log).toContain('DATA_DIR cannot be written');
    const answer = await stack.ask('How do I change the port?', await stack.token());
    expect(answer.citations).not.toEqual([]);
  });
});

describe('after kill -9', () => {
  test('`up` works again, documents and tokens are kept', async () => {
    await stack.command('up');
    const token = await stack.token();
    await fetch(`${stack.url}/v1/documents`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: 'zebra.md', text: '# Zebras\n\nZebras have stripes that no two share.' }),
    });
    process.kill(stack.pid, 'SIGKILL');
    const up = await stack.command('up');
    expect(up.code).toBe(0);
    expect(up.stdout).not.toContain('runs already');
    const answer = await stack.ask('What do zebras have?', token);
    expect(answer.citations[0]?.id).toBe('zebra.md#zebras');
  });

  test('a half-written database is moved aside, never deleted, and the handbook is read again', async () => {
    await stack.command('up');
    process.kill(stack.pid, 'SIGKILL');
    const data = join(stack.stateFolder, 'data');
    for (const suffix of ['-wal', '-shm']) rmSync(join(data, `documents.db${suffix}`), { force: true });
    writeFileSync(join(data, 'documents.db'), 'SQLite format 3\0 but then the power went');
    const up = await stack.command('up');
    expect(up.code).toBe(0);
    expect(stack.log).toContain('the document database is damaged or of another version: it was moved aside');
    expect(readdirSync(data).filter((name) => name.includes('.damaged-'))).not.toEqual([]);
    const answer = await stack.ask('How do I change the port?', await stack.token());
    expect(answer.citations).not.toEqual([]);
  });
});

test('an `up` that is interrupted leaves nothing that runs', async () => {
  const script = join(root, 'commands', 'up.ts');
  const up = start(process.execPath, ['--no-warnings', script], { env: stack.env });
  const end = ended(up);
  await until('the service is starting', () => existsSync(stack.runRecord));
  const { pid } = stack;
  up.kill('SIGINT');
  expect((await end).code).toBe(130);
  await until('the service has ended', () => hasEnded(pid));
  const kept = ['jwt-secret', 'log-file', 'redis-password', 'redis.conf'];
  expect(readdirSync(join(stack.stateFolder, 'run')).filter((file) => !kept.includes(file))).toEqual([]);
  expect((await stack.command('up')).code).toBe(0);
});

test('a lock that a dead process left, whole or empty, or by a pid that another one has now, is taken', async () => {
  await stack.command('token');
  const lock = join(stack.stateFolder, 'run', 'up.lock');
  for (const left of ['', '1 0', `${process.pid} 0`, '4194303 1']) {
    writeFileSync(lock, left);
    expect((await stack.command('up')).code, left).toBe(0);
    await stack.command('down');
  }
});

test('an option of a command that has none is named, and nothing is done', async () => {
  await stack.command('up');
  const { pid } = stack;
  const down = await stack.command('down', '--stak', 'x');
  expect(down.code).toBe(1);
  expect(down.stderr).toContain("'--stak'");
  expect(hasEnded(pid)).toBe(false);
});

test('a token made before `up` is by the secret that `up` uses, `.env` included', async () => {
  const file = join(stack.folder, 'env');
  writeFileSync(file, `JWT_SECRET=${'from-dot-env-'.repeat(4)}\n`);
  stack.env['BALLAST_ENV_FILE'] = file;
  const token = await stack.token();
  await stack.command('up');
  await expect(stack.ask('How do I change the port?', token)).resolves.toMatchObject({ cached: false });
});

test('`logs` shows the last lines of a long log, and ends when its reader has seen enough', async () => {
  await stack.command('token');
  const log = join(stack.stateFolder, 'logs', 'api.log');
  const lines = Array.from({ length: 30_000 }, (_, n) => `{"line":${n},"text":"grün"}`);
  writeFileSync(log, `${lines.join('\n')}\n`);
  const last = await stack.command('logs', '--lines', '3', '--no-follow');
  expect(last.stdout).toBe(`${lines.slice(-3).join('\n')}\n`);
  expect((await stack.command('logs', '--lines', '0', '--no-follow')).stdout).toBe('');
  expect((await stack.command('logs', '--lines', '99999', '--no-follow')).stdout).toBe(`${lines.join('\n')}\n`);
  const script = join(root, 'commands', 'logs.ts');
  const command = `${process.execPath} --no-warnings ${script} --lines 20000 | head -1`;
  const head = await run('sh', ['-c', command], { env: stack.env });
  expect(head).toEqual({ code: 0, stdout: `${lines[10_000]}\n`, stderr: '' });
});

test('two `up`s at once start one service', async () => {
  const [one, other] = await Promise.all([stack.command('up'), stack.command('up')]);
  expect([one.code, other.code]).toEqual([0, 0]);
  expect([one, other].filter(({ stdout }) => stdout.includes('Starting Ballast'))).toHaveLength(1);
  expect([one, other].filter(({ stdout }) => stdout.includes('runs already'))).toHaveLength(1);
});

/** Makes a folder read-only: by a mount for root, whom permission bits do not hold; by them for everyone else. */
async function makeReadOnly(folder: string): Promise<() => Promise<void>> {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500);
    return async () => chmodSync(folder, 0o700);
  }
  mkdirSync(folder, { recursive: true });
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', folder]);
  if (mounted.code !== 0)
    throw new Error(`root needs a read-only mount, run as another user instead: ${mounted.stderr}`);
  return async () => {
    await run('umount', [folder]);
  };
}
