import fc from 'fast-check';
import { Redis } from 'ioredis';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backUpLedger, restoreLedger } from '../../service/backup/back-up-ledger.ts';
import { UnreachableError } from '../../service/backup/backup-error.ts';
import { FolderStore } from '../../service/backup/folder-store.ts';
import { Ledger } from '../../service/backup/ledger.ts';
import { getText, putText } from '../../service/backup/backup-store.ts';
import { BudgetLedger, type Report } from '../../service/limits/budget-ledger.ts';
import { RedisStandin } from '../standins/redis.ts';
import '../property.setup.ts';

const password = 'p@ss%word';
const folder = mkdtempSync(join(tmpdir(), 'ballast-ledger-'));
const store = new FolderStore(folder);
const log = { info: () => undefined };
const today = Math.floor(Date.now() / 86_400_000);

let redis: RedisStandin;
let client: Redis;
let ledger: Ledger;
/** The ledger as the service uses it. */
let service: BudgetLedger;

beforeAll(async () => {
  redis = await RedisStandin.start({ password });
  client = new Redis(redis.url);
  ledger = await Ledger.connect(redis.url);
  service = new BudgetLedger({ run: (work: (redis: Redis) => Promise<unknown>) => work(client) } as never, 60_000);
});
afterAll(async () => {
  ledger.close();
  client.disconnect();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await client.flushall();
  rmSync(join(folder, 'redis'), { recursive: true, force: true });
});

const backUp = (time = '2026-11-20T03:00:00Z', keep = 3) =>
  backUpLedger({ ledger, store, log, keep, now: new Date(time) });
const restore = (overwrite = false, backup = 'latest') => restoreLedger({ ledger, store, log }, { backup, overwrite });

/** Tells the ledger that an account has spent so much in all, and returns what its tenant has. */
async function spend(tenant: string, account: string, total: number, confirmed = 0): Promise<number> {
  const report: Report = { tenant, account, total, confirmed, seen: { day: 0, spent: 0 } };
  const lease = { id: `${account}/1`, amount: 5 };
  await service.reserve(report, 1e15, lease);
  return (await service.end(report, lease)).spent;
}

const keys = async () => (await client.keys('*')).sort();
const spentOf = async () => {
  const entries = await ledger.read();
  return entries.map(({ spent }) => Number(spent)).sort((a, b) => a - b);
};

describe('a backup of the ledger', () => {
  test('brings back what every tenant had spent, when Redis has lost it', async () => {
    await spend('acme', 'a', 700);
    await spend('acme', 'b', 300);
    await spend('umbrella', 'a', 40);
    const before = await ledger.read();
    await backUp();
    await client.flushall();
    await restore();
    expect(await ledger.read()).toEqual(expect.arrayContaining(before));
    expect(await spentOf()).toEqual([40, 1000]);
  });

  test('counts no account twice that reports again', async () => {
    await spend('acme', 'a', 700);
    await backUp();
    await client.flushall();
    await restore();
    expect(await spend('acme', 'a', 750, 700)).toBe(750);
    expect(await spend('acme', 'a', 750, 0)).toBe(750);
  });

  test('holds the ledger alone: no answers, no leases', async () => {
    await service.reserve({ tenant: 'acme', account: 'a', total: 7, confirmed: 0, seen: { day: 0, spent: 0 } }, 1e15, {
      id: 'a/1',
      amount: 5,
    });
    await client.set('ballast:answer:1', 'private');
    await client.set('ballast:budget:{not-a-hash}', 'private');
    expect(await keys()).toHaveLength(4);
    await backUp();
    const [key = ''] = await store.list('redis');
    const text = await getText(store, key);
    expect(text).not.toMatch(/private|leases|reserved/);
    expect(JSON.parse(text)).toMatchObject({ entries: [{ spent: '7', accounts: { 'account:a': '7' } }] });
  });

  test('is one of the newest that are kept', async () => {
    await spend('acme', 'a', 1);
    for (const hour of ['01', '02', '03', '04']) await backUp(`2026-11-20T${hour}:00:00Z`, 2);
    expect(await store.list('redis')).toEqual(['redis/2026-11-20T03-00-00Z.json', 'redis/2026-11-20T04-00-00Z.json']);
  });

  test('holds every one of many tenants', async () => {
    const pipeline = client.pipeline();
    for (let tenant = 0; tenant < 3000; tenant += 1) {
      pipeline.hset(`ballast:budget:{${String(tenant).padStart(43, 'x')}}`, { day: today, spent: tenant });
    }
    await pipeline.exec();
    await backUp();
    await client.flushall();
    await restore();
    expect(await keys()).toHaveLength(3000);
  });
});

describe('restoring', () => {
  test('never takes away what was spent since', async () => {
    await spend('acme', 'a', 700);
    await backUp();
    await spend('acme', 'a', 900);
    await restore();
    expect(await spentOf()).toEqual([900]);
  });

  test('takes it away when told to', async () => {
    await spend('acme', 'a', 700);
    await backUp();
    await spend('acme', 'a', 900);
    await restore(true);
    expect(await spentOf()).toEqual([700]);
  });

  test('takes the higher sum where Redis began anew', async () => {
    await spend('acme', 'a', 700);
    await backUp();
    await client.flushall();
    await spend('acme', 'b', 50);
    await restore();
    expect(await spentOf()).toEqual([700]);
    expect(await spend('acme', 'b', 60, 50)).toBe(710);
  });

  test('brings nothing back from a day that is over, and leaves a later day alone', async () => {
    const key = `ballast:budget:{${'k'.repeat(43)}}`;
    await client.hset(key, { day: today - 1, spent: 700 });
    await backUp();
    await client.del(key);
    for (const overwrite of [false, true]) {
      await restore(overwrite);
      expect(await client.exists(key)).toBe(0);
    }
    await client.hset(key, { day: today, spent: 5 });
    await backUp();
    await client.hset(key, { day: today + 1, spent: 1 });
    await restore();
    expect(await client.hget(key, 'day')).toBe(String(today + 1));
  });

  test('leaves each tenant with the higher of both sums, whatever they are', async () => {
    const amount = fc.option(fc.integer({ min: 0, max: 2 ** 50 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(amount, amount), { maxLength: 5 }), async (tenants) => {
        await client.flushall();
        const write = async (index: 0 | 1) => {
          for (const [tenant, sums] of tenants.entries()) {
            const spent = sums[index];
            const key = `ballast:budget:{${String(tenant).padStart(43, 'x')}}`;
            if (spent !== undefined) await client.hset(key, { day: today, spent });
          }
        };
        await write(0);
        await backUp();
        await client.flushall();
        await write(1);
        await restore();
        const expected = tenants.flatMap(([a, b]) =>
          a === undefined && b === undefined ? [] : [Math.max(a ?? 0, b ?? 0)],
        );
        expect(await spentOf()).toEqual(expected.sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  test('refuses a damaged backup, and one that is not there', async () => {
    await expect(restore()).rejects.toThrow('there is no backup of the budget ledger');
    await spend('acme', 'a', 700);
    await backUp();
    const [key = ''] = await store.list('redis');
    const text = await getText(store, key);
    for (const damaged of [text.replace('"700"', '"100"'), text.slice(0, -10), '[]']) {
      await putText(store, key, damaged);
      await expect(restore()).rejects.toThrow(`the backup ${key} of the budget ledger is damaged`);
    }
    await expect(restore(false, '2026-01-01T00-00-00Z')).rejects.toThrow('2026-01-01T00-00-00Z.json could not be read');
  });
});

describe('Redis that', () => {
  test('is not there fails with a sentence, without its password', async () => {
    const away = await RedisStandin.away({ password });
    const failure = Ledger.connect(away.url);
    await expect(failure).rejects.toThrow(/^Redis cannot be reached \(ECONNREFUSED\)$/);
    await expect(failure).rejects.toThrow(UnreachableError);
  });

  test('has another password fails with the code of the refusal, which is not worth waiting for', async () => {
    const url = redis.url.replace(encodeURIComponent(password), 'another');
    const work = Ledger.connect(url).then((wrong) => wrong.read().finally(() => wrong.close()));
    await expect(work).rejects.toThrow(/^Redis (cannot be reached|could not be read) \((WRONGPASS|NOAUTH)\)$/);
    await expect(work).rejects.not.toThrow(UnreachableError);
  });

  test('is full fails', async () => {
    await spend('acme', 'a', 700);
    await backUp();
    await client.flushall();
    await redis.fill();
    await expect(restore()).rejects.toThrow(/^Redis could not be written \(OOM\)$/);
    await client.config('SET', 'maxmemory', '0');
  });
});
