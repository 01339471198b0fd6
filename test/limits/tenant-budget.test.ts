import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BudgetExceededError, TenantBudget, type Reservation } from '../../service/limits/tenant-budget.ts';
import type { SharedStore } from '../../service/redis/shared-store.ts';
import { ended, root, start, until } from '../processes.ts';
import { RedisStandin } from '../standins/redis.ts';
import { PlainStore } from './plain-store.ts';

async function startRedis(): Promise<RedisStandin> {
  const server = await RedisStandin.start();
  onTestFinished(() => server.stop());
  return server;
}

/** A replica, with its connection. */
class Replica {
  readonly store: PlainStore;
  readonly budget: TenantBudget;

  private constructor(store: PlainStore, limit: number, leaseMs: number, shared: SharedStore) {
    this.store = store;
    this.budget = new TenantBudget({ limitUsd: () => limit, shared, instance: 'replica', leaseMs });
  }

  static async start(
    server: RedisStandin,
    { limit = 100, leaseMs = 15_000, through = (store: PlainStore): SharedStore => store } = {},
  ): Promise<Replica> {
    const store = await new PlainStore(server.port).ready();
    const replica = new Replica(store, limit, leaseMs, through(store));
    onTestFinished(async () => {
      await replica.budget.close();
      store.close();
    });
    return replica;
  }

  /** The reservation; `undefined` when it is refused. */
  async reserve(amount: number, tenant = 'acme'): Promise<Reservation | undefined> {
    try {
      return await this.budget.reserve(tenant, amount);
    } catch (error) {
      if (error instanceof BudgetExceededError) return undefined;
      throw error;
    }
  }

  async spend(amount: number): Promise<void> {
    const reservation = await this.reserve(amount);
    if (!reservation) throw new Error(`${amount} is refused`);
    reservation.settle(amount);
    await this.look();
  }

  /** What is spent and reserved, after a look into the ledger. */
  async look(tenant = 'acme') {
    (await this.reserve(0, tenant))?.release();
    await this.store.redis.ping(); // Commands are answered in order.
    await new Promise((resolve) => setImmediate(resolve));
    const usage = this.budget.usage(tenant);
    return { spent: usage?.spentUsd, reserved: usage?.reservedUsd };
  }

  /** The ledger's hash of the only tenant. */
  async ledger() {
    const names = (await this.store.redis.keys('*')).toSorted();
    const [name = ''] = names;
    return { names, name, fields: await this.store.redis.hgetall(name) };
  }
}

describe('replicas with one ledger', () => {
  it('are not granted the same dollar', async () => {
    const server = await startRedis();
    const [a, b] = await Promise.all([Replica.start(server), Replica.start(server)]);
    const granted = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).reserve(3)));
    const reservations = granted.filter((one) => one !== undefined);
    expect(reservations).toHaveLength(33);
    await expect(b.budget.reserve('acme', 2)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    for (const reservation of reservations) reservation.settle(2);
    await a.look();
    expect(await b.look()).toEqual({ spent: 66, reserved: 0 });
    await b.spend(34);
    await expect(a.budget.reserve('acme', 0.5)).rejects.toSatisfy(
      (error) => error instanceof BudgetExceededError && error.retryAfterSeconds <= 86_400,
    );
    expect(a.budget.usage('acme')).toEqual({ limitUsd: 100, spentUsd: 100, reservedUsd: 0 });
    expect(await a.reserve(100, 'another tenant')).toBeDefined();
  });

  it('end a reservation once, by its cost or by none', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    const [settled, released] = [await replica.reserve(5), await replica.reserve(7)];
    expect((await replica.look()).reserved).toBe(12);
    settled?.settle(3);
    settled?.settle(3);
    settled?.release();
    released?.release();
    released?.settle(7);
    expect(await replica.look()).toEqual({ spent: 3, reserved: 0 });
  });

  it('keep it in keys that never expire, on one node of a cluster, without the tenant’s name', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    await replica.spend(1);
    await replica.reserve(2);
    const { names, fields } = await replica.ledger();
    expect(names).toEqual([
      expect.stringMatching(/^ballast:budget:\{[\w-]{43}\}$/),
      expect.stringMatching(/^ballast:budget:\{[\w-]{43}\}:leases$/),
    ]);
    expect(fields).toMatchObject({ spent: '1000000000', reserved: '2000000000' });
    for (const name of names) expect(await replica.store.redis.ttl(name)).toBe(-1);
  });

  it('go on when the server has forgotten the scripts', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    await replica.spend(1);
    await server.command('SCRIPT', 'FLUSH');
    await replica.spend(1);
    expect(await replica.look()).toEqual({ spent: 2, reserved: 0 });
  });

  it('count to the largest budget', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server, { limit: 1_000_000 });
    await replica.spend(999_998.123_456_784);
    await replica.spend(1.000_000_001);
    expect(await replica.reserve(0.876_543_216)).toBeUndefined();
    await replica.spend(0.876_543_215);
    expect(await replica.look()).toEqual({ spent: 1_000_000, reserved: 0 });
  });

  it('begin a day with nothing spent, and with what is still reserved', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    await replica.spend(90);
    const open = await replica.reserve(10);
    const { name, fields } = await replica.ledger();
    await replica.store.redis.hset(name, 'day', Number(fields['day']) - 1);
    const other = await Replica.start(server);
    expect(await other.look()).toEqual({ spent: 0, reserved: 10 });
    open?.settle(10);
    await replica.look();
    // The replica that has seen 90 on this very day holds to it; only this test has moved the ledger's day.
    expect((await other.look()).spent).toBe(100);
  });

  it('do not go back to the day before when the clock of Redis does', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    await replica.spend(90);
    const { name, fields } = await replica.ledger();
    await replica.store.redis.hset(name, 'day', Number(fields['day']) + 1);
    const other = await Replica.start(server);
    expect((await other.look()).spent).toBe(90);
  });
});

describe('a ledger that comes back', () => {
  it('empty is raised to what a replica has seen, open reservations included', async () => {
    const server = await startRedis();
    const [a, b] = await Promise.all([Replica.start(server, { leaseMs: 600 }), Replica.start(server)]);
    await a.spend(20);
    await b.spend(30);
    const open = await a.reserve(10);
    await server.command('FLUSHALL');
    expect(await b.look()).toMatchObject({ spent: 50 });
    await until('the reservation is there again', async () => (await b.look()).reserved === 10);
    open?.settle(4);
    await a.look();
    expect(await b.look()).toEqual({ spent: 54, reserved: 0 });
    await b.spend(46);
    expect(await a.reserve(1)).toBeUndefined();
  });

  it('with fewer leases than it counts as reserved forgets the rest when none is left', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    await replica.look();
    const { name } = await replica.ledger();
    await replica.store.redis.hset(name, 'reserved', 5e9);
    expect((await replica.look()).reserved).toBe(0);
  });

  it('with an old snapshot counts nothing twice', async () => {
    const server = await startRedis();
    const [a, b] = await Promise.all([Replica.start(server), Replica.start(server)]);
    await a.spend(5);
    await b.spend(5);
    const { name, fields } = await a.ledger();
    await a.spend(10);
    await b.spend(20);
    await a.look();
    await a.store.redis.hset(name, fields);
    expect((await b.look()).spent).toBe(40);
    expect((await a.look()).spent).toBe(40);
    await a.spend(1);
    await b.spend(2);
    expect((await a.look()).spent).toBe(43);
  });

  it('is not raised by what was seen on another day', async () => {
    const server = await startRedis();
    const replica = await Replica.start(server);
    const { redis } = replica.store;
    await replica.look();
    const { name, fields } = await replica.ledger();
    const day = Number(fields['day']);
    await redis.hset(name, { day: day + 1, spent: 70e9 });
    expect((await replica.look()).spent).toBe(70);
    await redis.hset(name, { day: day + 2, spent: 1e9 });
    expect((await replica.look()).spent).toBe(1);
  });
});

describe('replicas without the ledger', () => {
  it('overrun the limit by a tenth each at most, and tell the ledger when it is back', async () => {
    const server = await startRedis();
    const replicas = await Promise.all([1, 2, 3].map(() => Replica.start(server, { leaseMs: 600 })));
    const [first, ...others] = replicas as [Replica, Replica, Replica];
    for (const other of others) await other.look();
    await first.spend(95);
    await server.kill();
    await until('the loss is noticed', () => replicas.every(({ store }) => !store.available));
    const spent = [];
    for (const replica of replicas) {
      const granted = await Promise.all(Array.from({ length: 20 }, () => replica.reserve(1)));
      for (const reservation of granted) reservation?.settle(1);
      spent.push(granted.filter((one) => one !== undefined).length);
      expect(await replica.reserve(1)).toBeUndefined();
    }
    // The first knows that 5 were left.
    expect(spent).toEqual([5, 10, 10]);
    await server.restart();
    await Promise.all(replicas.map(({ store }) => store.ready()));
    await until('the ledger knows', async () => Number((await first.ledger()).fields['spent']) === 120e9);
    for (const replica of replicas) expect(await replica.reserve(1)).toBeUndefined();
  });

  it('count once what the ledger was told when its answer was lost', async () => {
    const server = await startRedis();
    let lost = false;
    const replica = await Replica.start(server, {
      through: (store) => ({
        available: true,
        run: async <T>(command: (redis: Redis) => Promise<T>) => {
          const reply = await store.run(command);
          if (lost) throw new Error('the answer is lost');
          return reply;
        },
      }),
    });
    const reservation = await replica.reserve(10);
    lost = true;
    reservation?.settle(8);
    await until('the ledger knows', async () => (await replica.ledger()).fields['spent'] === '8000000000');
    lost = false;
    expect(await replica.look()).toEqual({ spent: 8, reserved: 0 });
  });
});

describe('replicas in processes of their own', () => {
  const script = join(root, 'test', 'limits', 'budget-replica.ts');
  const startReplicas = (server: RedisStandin, leaseMs: number) =>
    [1, 2, 3].map(() => {
      const child = start(process.execPath, ['--no-warnings', script, `${server.port}`, '300', `${leaseMs}`]);
      onTestFinished(() => void child.kill('SIGKILL'));
      return { child, end: ended(child) };
    });

  it('spend a budget of 300 by 600 requests, and not more', async () => {
    const server = await startRedis();
    const ends = await Promise.all(startReplicas(server, 15_000).map(({ end }) => end));
    expect(ends.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(['0 ', '0 ', '0 ']);
    const spent = ends.reduce((sum, { stdout }) => sum + Number(stdout), 0);
    expect(spent).toBeLessThanOrEqual(300);
    expect(spent).toBeGreaterThan(298.5);
    const look = await (await Replica.start(server, { limit: 300 })).look();
    expect(look.spent).toBeCloseTo(spent, 6);
    expect(look.reserved).toBe(0);
  });

  it('leave nothing reserved when one of them is killed in the middle', async () => {
    const server = await startRedis();
    const observer = await Replica.start(server, { limit: 300 });
    const replicas = startReplicas(server, 2_000);
    await until('a third is spent', async () => ((await observer.look()).spent ?? 0) > 100);
    replicas[0]?.child.kill('SIGKILL');
    const [killed, ...others] = await Promise.all(replicas.map(({ end }) => end));
    expect(killed?.code).toBeNull();
    expect(others.map(({ code }) => code)).toEqual([0, 0]);
    await until('nothing is reserved', async () => (await observer.look()).reserved === 0);
    const { spent } = await observer.look();
    expect(spent).toBeLessThanOrEqual(300);
    expect(spent).toBeGreaterThan(200);
  });
});
