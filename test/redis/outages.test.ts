import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root, run, until } from '../processes.ts';
import { RedisStandin } from '../standins/redis.ts';
import { Replica } from './replica.ts';

/** How soon a service must see that Redis is back, in milliseconds. */
const recoveryMs = 5_000;

let redis: RedisStandin;
let replica: Replica;
let replicas: Replica[];

function newReplica(): Replica {
  const made = new Replica(redis.url);
  replicas.push(made);
  return made;
}

/** What a replica with an empty memory finds. */
async function elsewhere(key: string) {
  const other = newReplica();
  await other.connection.check();
  return other.cache.find(key);
}

/** Calls of a command that the server has carried out. */
async function callsOf(command: string): Promise<number> {
  const statistics = String(await redis.command('INFO', 'commandstats'));
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(statistics)?.[1] ?? 0);
}

beforeEach(() => {
  replicas = [];
});
afterEach(async () => {
  for (const each of replicas) each.close();
  await redis.stop();
});

test('Redis that is away at the start costs nothing, and is used once it is there', async () => {
  redis = await RedisStandin.away();
  replica = newReplica();
  await expect(replica.connection.check()).rejects.toThrow('Redis is away: ECONNREFUSED');
  replica.cache.store('a', { text: 'in memory' });
  expect(await replica.cache.find('a')).toEqual({ answer: { text: 'in memory' }, fresh: true });
  expect(await replica.cache.find('b')).toBeUndefined();

  await redis.restart();
  await until('Redis is used', () => replica.isBack(), recoveryMs);
  replica.cache.store('b', { text: 'shared' });
  await replica.written();
  expect(await elsewhere('b')).toEqual({ answer: { text: 'shared' }, fresh: true });
});

describe('while Redis', () => {
  beforeEach(async () => {
    redis = await RedisStandin.start({ password: 'p@ss/w%rd' });
    replica = newReplica();
    await replica.connection.check();
    replica.cache.store('old', { text: 'old' });
    await replica.written();
  });

  test('is killed, answers come from memory; afterwards it is used again', async () => {
    await redis.kill();
    expect(await replica.cache.find('old')).toMatchObject({ answer: { text: 'old' } });
    for (let i = 0; i < 10; i += 1) expect(await replica.cache.find('other')).toBeUndefined();
    replica.cache.store('new', { text: 'new' });
    expect(await replica.cache.find('new')).toMatchObject({ answer: { text: 'new' } });

    await redis.restart();
    await until('Redis is used', () => replica.connection.available, recoveryMs);
    replica.cache.store('new', { text: 'newer' });
    await replica.written();
    expect(await elsewhere('new')).toMatchObject({ answer: { text: 'newer' } });
    expect(await elsewhere('old')).toMatchObject({ answer: { text: 'old' } });
  });

  test('is frozen, each look-up ends as a miss before it thaws, and soon asks it no more', async () => {
    const before = await callsOf('getrange');
    await redis.freeze();
    expect(await replica.cache.find('other')).toBeUndefined();
    expect(redis.frozen).toBe(true);
    replica.cache.store('new', { text: 'new' });
    expect(await replica.cache.find('new')).toMatchObject({ answer: { text: 'new' } });
    for (let i = 0; replica.breaker.state !== 'open'; i += 1) await replica.cache.find(`other ${i}`);
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => replica.cache.find(`more ${i}`)));
    expect(redis.frozen).toBe(true);

    redis.thaw();
    await until('Redis is used', () => replica.isBack(), recoveryMs);
    // Five failures open the breaker, of which one was a write.
    expect((await callsOf('getrange')) - before).toBeLessThanOrEqual(5);
    expect(await replica.cache.find('other')).toBeUndefined();
    replica.cache.store('new', { text: 'newer' });
    await replica.written();
    expect(await elsewhere('new')).toMatchObject({ answer: { text: 'newer' } });
  });

  test('is frozen when a replica starts, that replica answers as a miss and uses it after the thaw', async () => {
    await redis.freeze();
    const late = newReplica();
    await expect(late.connection.check()).rejects.toThrow('Redis is away');
    expect(await late.cache.find('old')).toBeUndefined();
    expect(redis.frozen).toBe(true);
    redis.thaw();
    await until('Redis is used', () => late.isBack(), recoveryMs);
    expect(await late.cache.find('old')).toMatchObject({ answer: { text: 'old' } });
  });

  test('takes no writes after a failover, what it holds is read until too many writes failed, and memory goes on', async () => {
    await redis.readonly();
    expect(await elsewhere('old')).toMatchObject({ answer: { text: 'old' } });
    for (let i = 0; i < 10; i += 1) {
      replica.cache.store(`new ${i}`, { text: 'new' });
      expect(await replica.cache.find(`new ${i}`)).toMatchObject({ answer: { text: 'new' } });
    }
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await until('Redis is used', () => replica.isBack(), recoveryMs);
    replica.cache.store('new', { text: 'newer' });
    await replica.written();
    expect(await elsewhere('new')).toMatchObject({ answer: { text: 'newer' } });
  });

  test('is full, what it holds is read, what is new stays in memory, and the breaker stays closed', async () => {
    await redis.fill();
    for (let i = 0; i < 20; i += 1) {
      replica.cache.store(`new ${i}`, { text: 'new' });
      expect(await replica.cache.find(`new ${i}`)).toMatchObject({ answer: { text: 'new' } });
    }
    await expect(replica.shared.set('new', { value: { text: 'new' }, createdAt: Date.now() })).rejects.toThrow('OOM');
    expect(replica.breaker.state).toBe('closed');
    expect(await elsewhere('old')).toMatchObject({ answer: { text: 'old' } });
    expect(await elsewhere('new 0')).toBeUndefined();
  });

  test('comes back empty, what is in memory is given and what is new is shared', async () => {
    await redis.restart({ empty: true });
    await until('Redis is used', () => replica.isBack(), recoveryMs);
    expect(await elsewhere('old')).toBeUndefined();
    expect(await replica.cache.find('old')).toMatchObject({ answer: { text: 'old' } });
    replica.cache.store('old', { text: 'made anew' });
    await replica.written();
    expect(await elsewhere('old')).toMatchObject({ answer: { text: 'made anew' } });
  });
});

test('a wrong password is an outage like any other, and is not shown', async () => {
  redis = await RedisStandin.start({ password: 'right' });
  replica = new Replica(redis.url.replace('right', 'planted-password'));
  replicas.push(replica);
  await expect(replica.connection.check()).rejects.toThrow(/^Redis is away: WRONGPASS$/);
  expect(await replica.cache.find('a')).toBeUndefined();
});

describe('a process that has closed its connection ends by itself', () => {
  const script = `
    import { RedisConnection } from '${join(root, 'service/redis/connection.ts')}';
    const nothing = () => undefined;
    const permit = { success: nothing, failure: nothing, ignore: nothing };
    const breaker = { state: 'closed', tryAcquire: () => permit, endWaitEarly: nothing };
    const log = { info: nothing, warn: nothing };
    const connection = new RedisConnection({ url: process.env.TEST_URL, breaker, log });
    if (process.env.TEST_USE === 'yes') {
      await connection.check().catch(nothing);
      connection.run((redis) => redis.get('a')).catch(nothing);
    }
    connection.close();`;

  test.each<[string, string, () => Promise<unknown>]>([
    ['before its first use', 'no', async () => undefined],
    ['while Redis answers', 'yes', async () => undefined],
    ['while Redis is frozen', 'yes', () => redis.freeze()],
    ['while Redis is away', 'yes', () => redis.kill()],
  ])('%s', async (_when, use, prepare) => {
    redis = await RedisStandin.start();
    await prepare();
    const env = { TEST_URL: redis.url, TEST_USE: use };
    const ended = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { env });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
