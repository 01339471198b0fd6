import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { describeRedis, redisSettings } from '../../infra/stack/redis.ts';
import { BudgetLedger } from '../../service/limits/budget-ledger.ts';
import { freePort, until } from '../processes.ts';

const password = 'a1b2c3';
const settings = redisSettings.parse({ maxMemory: '4mb' });
const { workloads, secrets } = describeRedis({ ...settings, images: {}, rotation: 1, keepData: false });

const folder = mkdtempSync(join(tmpdir(), 'ballast-stack-'));
let port: number;
let server: ChildProcess;
let client: Redis;

/** What the platform mounts: the configuration, and the secret's file with the password in its template. */
function writeFiles(): string {
  const files = workloads[0]?.volumes?.find((volume) => volume.kind === 'files')?.files ?? {};
  const auth = secrets?.[0]?.keys['auth.conf'];
  const template = auth?.from === 'template' ? auth.template : '';
  writeFileSync(join(folder, 'auth.conf'), template.replace('$(password)', password));
  const text = files['redis.conf'] ?? '';
  const path = join(folder, 'redis.conf');
  writeFileSync(path, text.replace('dir /data', `dir ${folder}`).replace('/etc/redis-auth/', `${folder}/`));
  return path;
}

async function start(): Promise<void> {
  const args = [writeFiles(), '--port', String(port), '--bind', '127.0.0.1'];
  server = spawn(inject('redisServer'), args, { stdio: 'ignore' });
  await until('redis-server answers', async () => {
    if (server.exitCode !== null) throw new Error('redis-server refused the configuration');
    return (await client.ping().catch(() => '')) === 'PONG';
  });
}

async function kill(): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGKILL');
  await exit;
}

beforeAll(async () => {
  port = await freePort();
  client = new Redis({ port, password, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined); // Until it is there.
  await start();
});
afterAll(async () => {
  client.disconnect();
  await kill();
  rmSync(folder, { recursive: true });
});

const tenants = Array.from({ length: 50 }, (_, index) => `tenant ${index}`);

/** Each tenant spends its number of nano-dollars, and reserves one more. */
async function spend(ledger: BudgetLedger): Promise<void> {
  for (const [index, tenant] of tenants.entries()) {
    const seen = { day: 0, spent: 0 };
    const report = { tenant, account: 'replica', total: 1000 + index, confirmed: 0, seen };
    await ledger.reserve(report, 1e9, { id: 'open', amount: 1 });
  }
}

async function balances(ledger: BudgetLedger) {
  const report = { account: 'observer', total: 0, confirmed: 0, seen: { day: 0, spent: 0 } };
  const found = [];
  for (const tenant of tenants) {
    const { spent, reserved } = await ledger.renew({ ...report, tenant }, []);
    found.push({ spent, reserved });
  }
  return found;
}

const expected = tenants.map((_, index) => ({ spent: 1000 + index, reserved: 1 }));

describe('redis-server with the generated configuration', () => {
  test('asks for the password', async () => {
    const stranger = new Redis({ port, retryStrategy: null, lazyConnect: true, enableReadyCheck: false });
    stranger.on('error', () => undefined);
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();
  });

  test('lets a flood of answers evict answers, and never the budget ledger', async () => {
    const ledger = new BudgetLedger({ available: true, run: (command) => command(client) }, 600_000);
    await spend(ledger);
    const answer = 'x'.repeat(2_000);
    for (let batch = 0; batch < 20; batch += 1) {
      const pipeline = client.pipeline();
      for (let key = 0; key < 500; key += 1) pipeline.set(`answer:${batch}:${key}`, answer, 'EX', 3_600);
      await pipeline.exec();
    }
    const evicted = Number(/evicted_keys:(\d+)/.exec(await client.info('stats'))?.[1]);
    expect(evicted).toBeGreaterThan(1_000);
    expect(await balances(ledger)).toEqual(expected);
  });

  test('refuses to store more when nothing is left that expires, in place of evicting the ledger', async () => {
    const ledger = new BudgetLedger({ available: true, run: (command) => command(client) }, 600_000);
    const write = async (index: number) => client.set(`stays:${index}`, 'x'.repeat(100_000));
    await expect(
      (async () => {
        for (let index = 0; index < 100; index += 1) await write(index);
      })(),
    ).rejects.toThrow('OOM');
    const keys = await client.keys('stays:*');
    await client.del(...keys);
    expect(await balances(ledger)).toEqual(expected);
  });

  test('knows the ledger after a crash', async () => {
    const ledger = new BudgetLedger({ available: true, run: (command) => command(client) }, 600_000);
    // What is written to the append-only file survives the end of the process, on the disk or not yet.
    await until('all is written', async () => (await client.info('persistence')).includes('aof_buffer_length:0'));
    await kill();
    await start();
    expect(await balances(ledger)).toEqual(expected);
  });
});
