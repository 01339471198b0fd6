import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalStack } from './local-stack.ts';
import { until } from '../processes.ts';

let stack: LocalStack;
beforeEach(async () => {
  stack = await LocalStack.create({ PATH: '' }); // Without a redis-server, which is not what this is about.
});
afterEach(() => stack.dispose());

test('`up` has the log rotated, and `logs` follows it over each rotation', { timeout: 120_000 }, async () => {
  Object.assign(stack.env, { LOG_FILE_MAX_BYTES: '10000', LOG_FILE_COUNT: '4' });
  expect((await stack.command('up')).code).toBe(0);
  const logs = stack.start('logs', '--lines', '0');
  let followed = '';
  logs.stdout?.setEncoding('utf8').on('data', (text: string) => (followed += text));
  const ask = (n: number) => fetch(stack.url, { headers: { 'x-request-id': `n-${n}` } });
  await until('lines are followed', async () => (await ask(0)).ok && followed.includes('"request_id":"n-0"'), 50_000);

  const numbers = () => [...followed.matchAll(/"request_id":"n-([1-9]\d*)"/g)].map(([, number]) => Number(number));
  for (let n = 1; n <= 200; n += 1) {
    await ask(n);
    // A reader that is far behind may miss files that are gone.
    if (n % 20 === 0) await until('they are followed', () => numbers().at(-1) === n);
  }
  logs.kill('SIGINT');
  expect(numbers()).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  const files = readdirSync(join(stack.stateFolder, 'logs')).filter((file) => file.startsWith('api.log'));
  expect(files.sort()).toEqual(['api.log', 'api.log.1', 'api.log.2', 'api.log.3']);
});

test('what the log file does not take, rotated or not, is in a file of its own', { timeout: 120_000 }, async () => {
  Object.assign(stack.env, { LOG_FILE_MAX_BYTES: '10000', LOG_FILE_COUNT: '2' });
  expect((await stack.command('up')).code).toBe(0);
  const older = join(stack.stateFolder, 'logs', 'api.log.1');
  const ask = () => fetch(stack.url);
  await until('the log is rotated', async () => (await ask()).ok && existsSync(older), 50_000);
  expect(stack.output).toBe('');

  rmSync(older);
  mkdirSync(join(older, 'in-the-way'), { recursive: true });
  await until(
    'the log cannot be rotated',
    async () => (await ask()).ok && stack.output.includes('cannot be written'),
    50_000,
  );
  const lines = stack.output.split('\n').slice(0, -1);
  const said = lines.map((line) => JSON.parse(line) as { time: string; msg: string });
  for (const { time } of said) expect(new Date(time).toISOString()).toBe(time);
  expect(said.map(({ msg }) => msg)).toContain(
    'LOG_FILE cannot be written: the log goes to standard output until it can',
  );
});

test(
  'a log file of your own is used, followed, read after the end, and named when it cannot be written',
  { timeout: 120_000 },
  async () => {
    const own = join(stack.folder, 'own', 'mine.log');
    stack.env['LOG_FILE'] = own;
    expect((await stack.command('up')).code).toBe(0);
    expect(existsSync(own)).toBe(true);
    expect(readdirSync(join(stack.stateFolder, 'logs'))).not.toContain('api.log');
    expect((await stack.command('status')).stdout).toContain(`logs to ${own}`);
    const { stdout } = await stack.command('logs', '--no-follow');
    expect(stdout).toContain('"msg":"ready"');
    await stack.command('down');

    delete stack.env['LOG_FILE'];
    const afterwards = await stack.command('logs', '--no-follow');
    expect(afterwards).toMatchObject({ code: 0, stdout: expect.stringContaining('"msg":"stopped"') as string });

    stack.env['LOG_FILE'] = own;
    stack.env['CORPUS_DIR'] = join(stack.folder, 'nowhere');
    const noCorpus = await stack.command('up');
    expect(noCorpus.code).toBe(1);
    expect(noCorpus.stderr).toContain(`CORPUS_DIR ${join(stack.folder, 'nowhere')} cannot be read (ENOENT)`);

    stack.env['LOG_FILE'] = dirname(own);
    const folder = await stack.command('up');
    expect(folder.code).toBe(1);
    expect(folder.stderr).toContain(`LOG_FILE ${dirname(own)} cannot be written (it is not a file)`);
    const noLog = await stack.command('logs', '--no-follow');
    expect(noLog).toMatchObject({ code: 1, stdout: '' });
    expect(noLog.stderr).toContain(`There is no log at ${dirname(own)}: npm run up starts the service.`);
  },
);
