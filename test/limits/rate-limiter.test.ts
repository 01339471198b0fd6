import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RateLimiter } from '../../service/limits/rate-limiter.ts';
import { root, run, until } from '../processes.ts';
import { RedisStandin } from '../standins/redis.ts';
import { PlainStore } from './plain-store.ts';

const limit = 100;
const block = 5;

async function startRedis(): Promise<RedisStandin> {
  const server = await RedisStandin.start();
  onTestFinished(() => server.stop());
  return server;
}

async function connect(server: RedisStandin): Promise<PlainStore> {
  const store = new PlainStore(server.port);
  onTestFinished(() => store.close());
  return store.ready();
}

/** Asks in turns; how often each was allowed. */
async function hammer(limiters: readonly RateLimiter[], turns: number, key = 'tenant'): Promise<number[]> {
  const allowed = limiters.map(() => 0);
  for (let turn = 0; turn < turns; turn += 1) {
    const decisions = await Promise.all(limiters.map(async (limiter) => limiter.take(key)));
    await new Promise((resolve) => setImmediate(resolve));
    decisions.forEach((decision, i) => (allowed[i] = (allowed[i] ?? 0) + (decision.allowed ? 1 : 0)));
  }
  return allowed;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe('replicas with one Redis', () => {
  it('share one limit', async () => {
    const server = await startRedis();
    const stores = await Promise.all([1, 2, 3].map(() => connect(server)));
    const limiters = stores.map((store) => new RateLimiter(limit, store));
    const allowed = await hammer(limiters, 200);
    expect(sum(allowed)).toBeGreaterThanOrEqual(limit);
    expect(sum(allowed)).toBeLessThanOrEqual(limit + 3 * block);
    for (const one of allowed) expect(one).toBeGreaterThan(block);
    for (const limiter of limiters) {
      const decision = await limiter.take('tenant');
      expect(decision).toMatchObject({ allowed: false });
    }
    expect(sum(await hammer(limiters, 10, 'another tenant'))).toBe(30);
  });

  it('are refused nothing that no other has leased', async () => {
    const server = await startRedis();
    const [idle, busy] = (await Promise.all([connect(server), connect(server)])).map(
      (store) => new RateLimiter(limit, store),
    ) as [RateLimiter, RateLimiter];
    await hammer([idle], 1);
    const [allowed = 0] = await hammer([busy], 200);
    expect(allowed).toBeGreaterThanOrEqual(limit - 1 - block);
    expect(allowed).toBeLessThanOrEqual(limit);
  });

  it('write nothing but a list for each key, without its name, that ends by itself', async () => {
    const server = await startRedis();
    const store = await connect(server);
    await hammer([new RateLimiter(limit, store)], 200, 'a name');
    const names = await store.redis.keys('*');
    expect(names).toEqual([expect.stringMatching(/^ballast:rate:[\w-]{43}$/)]);
    const [name = ''] = names;
    expect(await store.redis.pttl(name)).toBeGreaterThan(55_000);
    expect(await store.redis.pttl(name)).toBeLessThanOrEqual(60_100);
    const leases = (await store.redis.lrange(name, 0, -1)).map((lease) => Number(lease.split(' ')[1]));
    expect(sum(leases)).toBe(limit);
  });

  it('get back what has left the window, and drop what was leased before the clock was set back', async () => {
    const server = await startRedis();
    const store = await connect(server);
    await hammer([new RateLimiter(limit, store)], 200);
    const [name = ''] = await store.redis.keys('*');
    const now = Date.now();
    await store.redis.del(name);
    await store.redis.rpush(name, `${now - 1} 90`, `${now + 3_600_000} 70`, `${now + 30_000} 96`);
    const late = new RateLimiter(limit, store);
    const [allowed] = await hammer([late], 20);
    // The fifth is one in advance, if it was asked for before Redis had answered.
    expect([4, 5]).toContain(allowed);
    const decision = await late.take('tenant');
    expect(decision).toMatchObject({ allowed: false });
    if (!decision.allowed) expect(decision.retryAfterSeconds).toBeLessThanOrEqual(30);
    expect(await store.redis.lrange(name, 0, -1)).toEqual([`${now + 30_000} 96`, expect.stringMatching(/^\d+ 4$/)]);
  });

  it('go on by themselves when Redis is killed, each at most to the limit, and share again when it is back', async () => {
    const server = await startRedis();
    const stores = await Promise.all([1, 2, 3].map(() => connect(server)));
    const limiters = stores.map((store) => new RateLimiter(limit, store));
    const before = await hammer(limiters, 200);
    expect(await hammer(limiters, 1)).toEqual([0, 0, 0]);
    await server.kill();
    await until('the loss is noticed', () => stores.every(({ available }) => !available));
    const after = await hammer(limiters, 200);
    expect(after.map((one, i) => one + (before[i] ?? 0))).toEqual([limit, limit, limit]);
    expect(await hammer(limiters, 150, 'another tenant')).toEqual([limit, limit, limit]);
    await server.restart({ empty: true });
    await Promise.all(stores.map((store) => store.ready()));
    expect(sum(await hammer(limiters, 200, 'a third tenant'))).toBeLessThanOrEqual(limit + 3 * block);
  });

  it('lose nobody’s answer when Redis is killed while they ask', async () => {
    const server = await startRedis();
    const stores = await Promise.all([1, 2, 3].map(() => connect(server)));
    const limiters = stores.map((store) => new RateLimiter(1000, store));
    const killed = new Promise((resolve) => setImmediate(resolve)).then(() => server.kill());
    const during = await hammer(limiters, 1000);
    await killed;
    await until('the loss is noticed', () => stores.every(({ available }) => !available));
    const after = await hammer(limiters, 1000);
    expect(after.map((one, i) => one + (during[i] ?? 0))).toEqual([1000, 1000, 1000]);
  });
});

describe('replicas in processes of their own', () => {
  it('share one limit', async () => {
    const server = await startRedis();
    const script = join(root, 'test', 'limits', 'rate-replica.ts');
    const args = ['--no-warnings', script, `${server.port}`, '600', '2000'];
    const replicas = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
    expect(replicas.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(['0 ', '0 ', '0 ']);
    const allowed = sum(replicas.map(({ stdout }) => Number(stdout)));
    // One that has ended may have left a block unused.
    expect(allowed).toBeGreaterThanOrEqual(600 - 3 * 30);
    expect(allowed).toBeLessThanOrEqual(600 + 3 * 30);
  });
});
