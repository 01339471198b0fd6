import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { RedisRecord } from '../../commands/redis.ts';
import { hasEnded } from '../../commands/running.js';
import { freePort, listens, start, until } from '../processes.ts';
import { writeProgram } from '../write-program.ts';
import { LocalStack } from './local-stack.ts';

let stack: LocalStack;
afterEach(() => stack.dispose());

const redisPath = [dirname(inject('redisServer')), process.env['PATH']].join(delimiter);

const recordPath = () => join(stack.stateFolder, 'run', 'redis.json');
const record = () => JSON.parse(readFileSync(recordPath(), 'utf8')) as RedisRecord;
const password = () => readFileSync(join(stack.stateFolder, 'run', 'redis-password'), 'utf8');

/** What the service was told, as Linux shows it. */
function redisUrlOfService(): string | undefined {
  const variables = readFileSync(`/proc/${stack.pid}/environ`, 'utf8').split('\0');
  return variables.find((variable) => variable.startsWith('REDIS_URL='))?.slice('REDIS_URL='.length);
}

/** Sends one command to the stack's redis-server. */
async function ask(name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(`redis://:${password()}@127.0.0.1:${record().port}`);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** A redis-server of another kind, alone on the PATH. */
function putOnPath(script: string): void {
  writeProgram(stack.folder, 'redis-server', script);
  stack.env['PATH'] = stack.folder;
}

describe('where redis-server is on the PATH, `up`', () => {
  let printed: string;
  beforeEach(async () => {
    stack = await LocalStack.create({ PATH: redisPath });
    const up = await stack.command('up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    printed = up.stdout;
  });

  test('starts it for the service: with a password, bounded, kept on disk, and reached from this machine only', async () => {
    expect(redisUrlOfService()).toBe(`redis://:${password()}@127.0.0.1:${record().port}`);
    expect(printed).toMatch(/^Cache +real +healthy +Redis/m);
    const settings = ['bind', 'maxmemory', 'maxmemory-policy', 'appendonly', 'save', 'dir'];
    const values = await Promise.all(settings.map((name) => ask('CONFIG', 'GET', name)));
    expect(Object.fromEntries(values as [string, string][])).toEqual({
      bind: '127.0.0.1',
      maxmemory: String(256 * 1024 * 1024),
      'maxmemory-policy': 'volatile-lru',
      appendonly: 'yes',
      save: '',
      dir: join(stack.stateFolder, 'redis'),
    });
    const stranger = new Redis(record().port);
    stranger.on('error', () => undefined);
    await expect(stranger.get('a')).rejects.toThrow('NOAUTH');
    stranger.disconnect();
  });

  test('keeps its files from other users, and shows its password to nobody', async () => {
    for (const path of ['redis', 'run/redis.conf', 'run/redis.json', 'run/redis-password', 'logs/redis.log']) {
      expect(statSync(join(stack.stateFolder, path)).mode & 0o077, path).toBe(0);
    }
    expect(readFileSync(`/proc/${record().pid}/cmdline`, 'utf8')).not.toContain(password());
    expect(stack.log).not.toContain(password());
    expect(readFileSync(`/proc/${record().pid}/environ`, 'utf8')).toBe('');
  });

  test('says where it is; a second `up` starts no other', async () => {
    const { pid, port } = record();
    expect((await stack.command('status')).stdout).toContain(`redis-server runs (process ${pid}, 127.0.0.1:${port})`);
    await stack.command('up');
    expect(record().pid).toBe(pid);
  });

  test('uses its password and its answers again after `down`', async () => {
    const first = { record: record(), password: password(), service: stack.pid };
    const question = 'How do I change the port?';
    expect(await stack.ask(question, await stack.token())).toMatchObject({ cached: false });
    await until('the answer is in Redis', async () => ((await ask('KEYS', 'ballast:answer:*')) as string[]).length > 0);
    expect(await stack.command('down')).toMatchObject({ code: 0, stderr: '' });
    expect([hasEnded(first.record.pid), hasEnded(first.service)]).toEqual([true, true]);
    expect(await listens(first.record.port)).toBe(false);
    const kept = ['jwt-secret', 'log-file', 'redis-password', 'redis.conf'];
    expect(readdirSync(join(stack.stateFolder, 'run')).sort()).toEqual(kept);

    await stack.command('up');
    expect(password()).toBe(first.password);
    expect(await stack.ask(question, await stack.token())).toMatchObject({ cached: true });
  });

  test('lets it live until the last request of the service has ended', async () => {
    const { pid } = record();
    const service = stack.pid;
    const head = ['POST /query HTTP/1.1', 'Host: ballast', 'Content-Type: application/json', 'Content-Length: 2'];
    const authorization = `Authorization: Bearer ${await stack.token()}`;
    const socket = connect(stack.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write([...head, authorization, 'Expect: 100-continue', '', '{'].join('\r\n'));
    await until('the request is in flight', () => answer.includes('100 Continue'));
    const down = stack.command('down');
    await until('the service stops', async () => !(await listens(stack.port)));
    expect([hasEnded(service), hasEnded(pid)]).toEqual([false, false]);
    socket.write('}');
    await down;
    expect([hasEnded(service), hasEnded(pid)]).toEqual([true, true]);
  });

  test('stops what a service that was killed left, before it starts another', async () => {
    const { pid } = record();
    process.kill(stack.pid, 'SIGKILL');
    await until('the service has ended', () => hasEnded(stack.pid));
    expect(hasEnded(pid)).toBe(false);
    expect((await stack.command('up')).code).toBe(0);
    expect(hasEnded(pid)).toBe(true);
    expect(hasEnded(record().pid)).toBe(false);
  });

  test('leaves nothing that `down` would not stop when the service is killed', async () => {
    const { pid } = record();
    process.kill(stack.pid, 'SIGKILL');
    await until('the service has ended', () => hasEnded(stack.pid));
    const stdout = 'The service had ended; stopped the redis-server that it left.\n';
    expect(await stack.command('down')).toMatchObject({ code: 0, stdout });
    expect(hasEnded(pid)).toBe(true);
  });

  test('never has a process ended that took over the pid of a redis-server that died', async () => {
    const { pid } = record();
    process.kill(pid, 'SIGKILL');
    await until('redis-server has ended', () => hasEnded(pid));
    const bystander = start('sleep', ['60']);
    onTestFinished(() => void bystander.kill());
    writeFileSync(recordPath(), JSON.stringify({ ...record(), pid: bystander.pid }));
    expect((await stack.command('status')).stdout).not.toContain('redis-server runs');
    expect((await stack.command('down')).code).toBe(0);
    expect(hasEnded(bystander.pid ?? 0)).toBe(false);
    expect(existsSync(recordPath())).toBe(false);
  });
});

describe('`up` goes without redis-server', () => {
  beforeEach(async () => {
    stack = await LocalStack.create({ PATH: '' });
  });

  test('where there is none on the PATH, and says so', async () => {
    const up = await stack.command('up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toMatch(
      /^Cache +substitute +healthy +.*; REDIS_URL is not set, and no redis-server from the PATH/m,
    );
    expect(redisUrlOfService()).toBeUndefined();
    expect(existsSync(recordPath())).toBe(false);
  });

  test('where the user names a Redis', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    Object.assign(stack.env, { PATH: redisPath, REDIS_URL: url });
    expect(await stack.command('up')).toMatchObject({ code: 0, stderr: '' });
    expect(redisUrlOfService()).toBe(url);
    expect(existsSync(recordPath())).toBe(false);
  });

  test('where it does not start, and says why and where to look', async () => {
    putOnPath('echo no luck; exit 7');
    const { code, stderr } = await stack.command('up');
    const log = join(stack.stateFolder, 'logs', 'redis.log');
    expect(stderr).toBe(`redis-server did not start (it ended with 7; see ${log}): going on without it.\n`);
    expect(code).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('no luck\n');
    expect(redisUrlOfService()).toBeUndefined();
    expect(existsSync(recordPath())).toBe(false);
  });

  test('where it cannot be run at all', async () => {
    writeFileSync(join(stack.folder, 'redis-server'), '#!/no/such/shell\n', { mode: 0o755 });
    stack.env['PATH'] = stack.folder;
    const { code, stderr } = await stack.command('up');
    expect(stderr).toMatch(/^redis-server did not start \(spawn .* ENOENT; see .*\): going on without it\.$/m);
    expect(code).toBe(0);
  });
});

test('`up` leaves no redis-server behind when the service does not start', async () => {
  stack = await LocalStack.create({ CORPUS_DIR: '/nowhere/at/all' });
  const pidFile = join(stack.folder, 'pid');
  putOnPath(`echo $$ > '${pidFile}'; exec '${inject('redisServer')}' "$@"`);
  expect((await stack.command('up')).code).toBe(1);
  expect(hasEnded(Number(readFileSync(pidFile, 'utf8')))).toBe(true);
  expect(existsSync(recordPath())).toBe(false);
});

test('`up` leaves no redis-server behind when it is interrupted', async () => {
  stack = await LocalStack.create({ PATH: redisPath });
  const up = stack.start('up');
  await until('redis-server has been started', () => existsSync(recordPath()));
  const { pid } = record();
  up.kill('SIGTERM');
  await until('it has ended', () => hasEnded(pid));
  expect(existsSync(recordPath())).toBe(false);
});
