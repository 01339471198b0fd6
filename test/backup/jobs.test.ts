import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { root, run, type Ended } from '../processes.ts';
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

/** Runs a job as its container does. */
function job(name: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return run(process.execPath, ['--no-warnings', 'backup/run.ts', name], { env, cwd: join(root, 'service') });
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
  for (const standin of two.standins) await two.ask(standin, 'DELETE', '/collections/passages');
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

describe('a job ends with 1 and one sentence', () => {
  const missing = (variable: string) => new RegExp(`^${variable} is missing: `);
  test.each<[string, Record<string, string>, RegExp]>([
    ['restore', {}, missing('RESTORE_COLLECTION')],
    ['restore', { RESTORE_COLLECTION: 'passages', RESTORE_SNAPSHOT: '' }, missing('RESTORE_SNAPSHOT')],
    ['redis-restore', {}, missing('RESTORE_LEDGER')],
    ['redis-backup', {}, missing('REDIS_URL')],
    ['snapshot', { QDRANT_NODES: '' }, missing('QDRANT_NODES')],
    ['snapshot', { QDRANT_NODES: 'http://a:1,b' }, /^QDRANT_NODES has "b", which is no URL$/],
    ['snapshot', { BACKUP_KEEP: '0' }, /^BACKUP_KEEP is "0": a whole number from 1 on is allowed$/],
    ['snapshot', { BACKUP_FOLDER: '' }, missing('BACKUP_FOLDER')],
    ['snapshot', { BACKUP_S3_BUCKET: 'b' }, missing('BACKUP_S3_REGION')],
    ['snapshot', { QDRANT_NODES: 'http://127.0.0.1:1' }, /^node 127.0.0.1:1: cannot be reached \(ECONNREFUSED\)$/],
    [
      'restore',
      { RESTORE_COLLECTION: 'a', RESTORE_SNAPSHOT: 'latest', RESTORE_OVERWRITE: 'yes' },
      /^RESTORE_OVERWRITE is "yes": true or false is allowed$/,
    ],
    ['dril', {}, /^"dril" is no job: snapshot, restore, drill, redis-backup, redis-restore are$/],
  ])('%s %o', async (name, env, sentence) => {
    const ended = await job(name, two.environment(env));
    expect(lastLine(ended)).toMatchObject({ level: 'fatal', service: 'ballast-backup' });
    expect(lastLine(ended).msg).toMatch(sentence);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
  });
});
