import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { requestLine } from '../../service/contract/log-line.ts';
import { jwtSecret } from '../../service/testing.ts';
import { ended, freePort, root, start, startServer, statusOf, until, type Ended } from '../processes.ts';
import { jsonLines, RunningService } from '../running-service.ts';

let folder: string;
let path: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-log-'));
  path = join(folder, 'logs', 'api.log');
  env = { JWT_SECRET: jwtSecret, LOG_FILE: path };
});
afterEach(() => rmSync(folder, { recursive: true }));

const linesOf = (suffix = '') => jsonLines(readFileSync(path + suffix, 'utf8'));
const messages = (lines: Record<string, unknown>[]) => lines.map(({ msg }) => msg);
const get = (url: string, requestId: string) => fetch(url, { headers: { 'x-request-id': requestId } });

/** Starts the service, does something while it runs, and ends it. */
async function whileRunning(
  work: (url: string) => Promise<unknown>,
  { signal = 'SIGTERM', preload = '' }: { signal?: NodeJS.Signals; preload?: string } = {},
) {
  const service = await RunningService.start(env, preload);
  await work(service.url);
  service.process.kill(signal);
  const { code } = await service.exit;
  return { code, log: service.log };
}

/** The same by a shell, with a number of requests. @param command makes the shell's command of the service's. */
async function whileAsked(requests: number, command: (service: string) => string): Promise<Ended> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = `"${process.execPath}" --no-warnings "${join(root, 'service', 'server.ts')}"`;
  const server = start('sh', ['-c', command(service)], { env: { ...env, PORT: String(port) } });
  onTestFinished(() => void server.kill('SIGKILL'));
  const end = ended(server);
  await until('the service is ready', async () => (await statusOf(`${url}/health/ready`)) === 200, 50_000);
  for (let n = 1; n <= requests; n += 1) expect((await get(url, `n-${n}`)).status).toBe(200);
  server.kill('SIGTERM');
  return end;
}

test('one request ID finds what happened before a restart and after it, in one file that only its owner reads', async () => {
  for (const run of ['before', 'after']) {
    expect(await whileRunning((url) => get(url, 'asked-twice')), run).toEqual({ code: 0, log: [] });
  }
  const lines = linesOf();
  expect(messages(lines).filter((message) => message === 'ready' || message === 'stopped')).toEqual([
    ...['ready', 'stopped'],
    ...['ready', 'stopped'],
  ]);
  const found = lines.filter(({ request_id }) => request_id === 'asked-twice');
  expect(found).toHaveLength(2);
  for (const line of found) expect(requestLine.parse(line)).toMatchObject({ route: '/', status: 200 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700);
});

test('a full log is rotated while requests are answered, and the newest lines are kept', async () => {
  Object.assign(env, { LOG_FILE_MAX_BYTES: '5000', LOG_FILE_COUNT: '3' });
  await whileRunning(async (url) => {
    for (let n = 1; n <= 60; n += 1) expect((await get(url, `n-${n}`)).status).toBe(200);
  });
  const files = ['api.log', 'api.log.1', 'api.log.2'];
  expect(readdirSync(join(folder, 'logs')).sort()).toEqual(files);
  for (const file of files) expect(statSync(join(folder, 'logs', file)).size).toBeLessThan(5_500);
  const kept = ['.2', '.1', ''].flatMap((suffix) => linesOf(suffix));
  const numbers = kept.flatMap(({ request_id }) => /^n-(\d+)$/.exec(String(request_id))?.[1] ?? []).map(Number);
  expect(numbers.at(-1)).toBe(60);
  expect(numbers).toEqual(numbers.map((_, index) => 60 - numbers.length + 1 + index));
  expect(messages(kept).at(-1)).toBe('stopped');
});

test('lines for people can be in a file too', async () => {
  env['LOG_FORMAT'] = 'text';
  await whileRunning((url) => get(url, 'for-people'));
  expect(readFileSync(path, 'utf8')).toMatch(/^\[[\d:.]+\] INFO: request\n {4}request_id: "for-people"$/m);
});

describe('the last line is in the file', () => {
  test('when the service cannot start', async () => {
    env['CORPUS_DIR'] = join(folder, 'nowhere');
    const { code, stdout } = await ended(startServer(env));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(linesOf().at(-1)).toMatchObject({ level: 'fatal', msg: expect.stringContaining('nowhere') as string });
  });

  test('when nobody caught an error', async () => {
    const preload = "process.on('SIGUSR2', () => { throw new Error('of nobody'); })";
    const { code } = await whileRunning((url) => get(url, 'before-the-end'), { signal: 'SIGUSR2', preload });
    expect(code).toBe(1);
    expect(linesOf().at(-1)).toMatchObject({ level: 'fatal', err: { message: 'of nobody' } });
  });

  test('when something ends the process without waiting for the log', async () => {
    const preload =
      "process.on('SIGUSR2', () => { process.emitWarning('the last'); setImmediate(() => process.exit(3)); })";
    const { code } = await whileRunning((url) => get(url, 'before-the-end'), { signal: 'SIGUSR2', preload });
    expect(code).toBe(3);
    // Not always at the end: a line that was being written at the exit is there a second time.
    const warnings = linesOf().filter(({ level }) => level === 'warn');
    expect(warnings.at(-1)).toMatchObject({ err: { message: 'the last' } });
  });
});

describe('a log file that cannot be written', () => {
  test.each([
    ['is a folder', () => mkdirSync(path, { recursive: true }), 'it is not a file'],
    ['is in a folder that cannot be made', () => (env['LOG_FILE'] = '/proc/ballast/api.log'), 'ENOENT'],
  ])('since it %s stops the start, which says why on standard output', async (_why, prepare, reason) => {
    prepare();
    const { code, stdout } = await ended(startServer(env));
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({ level: 'fatal', msg: `LOG_FILE ${env['LOG_FILE']} cannot be written (${reason})` }),
    ]);
  });

  test('later on stops no answer: its lines are on standard output, which says so once', async () => {
    // A limit to the size of files, in blocks of 512 bytes, is what a full disk is to the one who writes.
    const { code, stdout, stderr } = await whileAsked(40, (service) => `ulimit -f 8; exec ${service}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const elsewhere = jsonLines(stdout);
    const failures = elsewhere.filter(({ level }) => level === 'error');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      msg: 'LOG_FILE cannot be written: the log goes to standard output until it can',
      err: { message: `LOG_FILE ${path} cannot be written (EFBIG)` },
    });
    // The line in which the disk becomes full may be cut.
    const inFile = jsonLines(`${readFileSync(path, 'utf8').split('\n').slice(0, -1).join('\n')}\n`);
    const numbers = [...inFile, ...elsewhere].flatMap(({ request_id }) => String(request_id).match(/^n-\d+$/) ?? []);
    expect(new Set(numbers).size).toBeGreaterThanOrEqual(39);
    expect(messages(elsewhere).at(-1)).toBe('stopped');
  });

  test('not even standard output: answers go on, and standard error says so once', async () => {
    delete env['LOG_FILE'];
    const { code, stderr } = await whileAsked(5, (service) => `exec ${service} > /dev/full`);
    expect(code).toBe(0);
    expect(stderr).toBe('the log cannot be written: ENOSPC: no space left on device, write\n');
  });
});
