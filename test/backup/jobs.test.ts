import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { ended, root, run, start, until, type Ended } from '../processes.ts';
import { RedisStandin } from '../standins/redis.ts';
import { Bucket } from './bucket.ts';
import { TwoNodes } from './two-nodes.ts';

let two: TwoNodes;
let bucket: Bucket;
let redis: RedisStandin;
beforeAll(async () => {
  [two, bucket, redis] = await Promise.all([TwoNodes.start(), Bucket.start(), RedisStandin.start()]);
  await two.fill('passages', 30);
});
afterAll(() => Promise.all([two.close(), bucket.close(), redis.stop()]));

const command = (name: string) => ['--no-warnings', 'backup/run.ts', name];
const cwd = join(root, 'service');

/** Runs a job as its container does. */
function job(name: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return run(process.execPath, command(name), { env, cwd });
}

/** The last line of the log, which has to be JSON as every line has. */
function lastLine({ stdout }: Ended): { level: string; msg: string; service: string } {
  const lines = stdout.trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as { level: string; msg: string; service: string });
  return parsed.at(-1) ?? { level: '', msg: '', service: '' };
}

test('a snapshot, a drill and a restore run one after the other, through object storage', async () => {
  const environment = two.environment({ ...bucket.environment, BACKUP_FOLDER: '' });
  const before = await two.search(two.first, 'passages');
  expect((await job('snapshot', environment)).code).toBe(0);
  expect([...bucket.objects.keys()].filter((key) => key.endsWith('.snapshot'))).toHaveLength(2);
  const rehearsed = await job('drill', environment);
  expect(lastLine(rehearsed)).toMatchObject({ level: 'info', msg: 'the drill restored the collection' });
  expect(rehearsed.code).toBe(0);
  await two.lose('passages');
  const what = { RESTORE_COLLECTION: 'passages', RESTORE_SNAPSHOT: 'latest' };
  const restored = await job('restore', { ...environment, ...what });
  expect(lastLine(restored)).toMatchObject({ level: 'info', msg: 'the collection is restored' });
  expect(restored.code).toBe(0);
  for (const standin of two.standins) expect(await two.search(standin, 'passages')).toEqual(before);
});

test('the ledger is stored in a folder and restored', async () => {
  const day = Math.floor(Date.now() / 86_400_000);
  const key = `ballast:budget:{${'k'.repeat(43)}}`;
  await redis.command('HSET', key, 'day', String(day), 'spent', '12');
  const environment = two.environment({ REDIS_URL: redis.url });
  expect((await job('redis-backup', environment)).code).toBe(0);
  await redis.command('FLUSHALL');
  expect((await job('redis-restore', { ...environment, RESTORE_LEDGER: 'latest' })).code).toBe(0);
  expect(await redis.command('HGET', key, 'spent')).toBe('12');
});

describe('in the first seconds of a pod', () => {
  test('a job waits until it reaches the bucket and Qdrant', async () => {
    // The client of the bucket asks three times by itself.
    bucket.fail('dropped', 3);
    for (const standin of two.standins) await standin.setFault({ kind: 'reset' }, { requests: 1 });
    const { code, stdout } = await job('snapshot', two.environment(bucket.environment));
    expect(code).toBe(0);
    const reasons = [...stdout.matchAll(/"reason":"(.*?)".*"not reached yet: asking again"/g)].map(
      ([, reason]) => reason,
    );
    expect(reasons[0]).toMatch(/^the list of backups: object storage cannot be reached/);
    expect(reasons.slice(1).sort()).toEqual(
      two.nodes.map(({ name }) => `node ${name}: the connection was lost (ECONNRESET)`).sort(),
    );
  });

  test('a job waits until it reaches Redis', async () => {
    const late = await RedisStandin.away();
    const env = two.environment({ REDIS_URL: late.url });
    const child = start(process.execPath, command('redis-backup'), { env, cwd });
    let said = '';
    child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    const end = ended(child);
    await until('the job waits', () => said.includes('Redis cannot be reached (ECONNREFUSED)'));
    await late.restart();
    const { code, stdout } = await end;
    await late.stop();
    expect({ code, last: lastLine({ code, stdout, stderr: '' }).msg }).toEqual({
      code: 0,
      last: 'the budget ledger is stored',
    });
  });
});

describe('a job ends with 1 and one sentence', () => {
  const missing = (variable: string) => new RegExp(`^${variable} is missing: `);
  test.each<[string, Record<string, string>, RegExp]>([
    ['restore', {}, missing('RESTORE_COLLECTION')],
    ['restore', { RESTORE_COLLECTION: 'passages', RESTORE_SNAPSHOT: '' }, missing('RESTORE_SNAPSHOT')],
    ['redis-restore', {}, missing('RESTORE_LEDGER')],
    ['redis-backup', {}, missing('REDIS_URL')],
    ['snapshot', { BACKUP_KEEP: '0', QDRANT_NODES: 'http://127.0.0.1:1' }, /^BACKUP_KEEP is "0"/],
    ['drill', { QDRANT_API_KEY: 'planted' }, /^node .*: answered with status 401/],
    ['dril', {}, /^"dril" is no job: snapshot, restore, drill, redis-backup, redis-restore are$/],
  ])('%s %o', async (name, env, sentence) => {
    const ended = await job(name, two.environment(env));
    expect(lastLine(ended)).toMatchObject({ level: 'fatal', service: 'ballast-backup' });
    expect(lastLine(ended).msg).toMatch(sentence);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
  });
});
