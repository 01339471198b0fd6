import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildTestApp, problemIn, type TestApp } from '../../service/testing.ts';
import { until } from '../processes.ts';
import { RedisStandin } from '../standins/redis.ts';
import { breakerOf, numberedModel, readinessOf, type NumberedModel } from './app.ts';

/** How soon a service must see that Redis is gone or back, in milliseconds. */
const noticedMs = 5_000;

let redis: RedisStandin;
let model: NumberedModel;
beforeEach(async () => {
  redis = await RedisStandin.start();
  model = numberedModel();
});
afterEach(async () => {
  vi.useRealTimers();
  await redis.stop();
});

/** A replica on the one Redis and the one model. */
function replica(env: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  return buildTestApp({ env: { REDIS_URL: redis.url, ...env }, model, checkIntervalMs: 100 });
}

/** Waits until a replica has noticed how Redis is. It is ready all the while: Redis only makes things quicker. */
async function noticed(app: TestApp, { there }: { there: boolean }): Promise<void> {
  const what = `a replica has noticed that Redis is ${there ? 'there' : 'away'}`;
  await until(
    what,
    async () => {
      const { code, status, checks } = await readinessOf(app);
      expect({ code, status }).toEqual({ code: 200, status: 'ready' });
      const said = app.log().findLast(({ msg }) => String(msg).startsWith('Redis '))?.['msg'] ?? 'Redis answers again';
      return checks['cache'] === there && (said === 'Redis answers again') === there;
    },
    noticedMs,
  );
}

/** Calls of the commands that requests lead to, as the server counts what it has carried out. */
async function commands(): Promise<number> {
  const statistics = String(await redis.command('INFO', 'commandstats'));
  const calls = [...statistics.matchAll(/^cmdstat_(?:getrange|set|eval|evalsha):calls=(\d+)/gm)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** How many answers Redis holds. */
async function answersHeld(): Promise<number> {
  return ((await redis.command('KEYS', 'ballast:answer:*')) as string[]).length;
}

/** Asks a replica new questions until a second one finds the answer. What is written while Redis comes back may be lost. */
async function expectSharing(app: TestApp): Promise<void> {
  const other = await replica();
  await until(
    'an answer is shared',
    async () => {
      const question = `shared with question ${model.asked.length}`;
      const { answer } = await app.as('acme').ask(question);
      const calls = model.asked.length;
      const found = await other.as('acme').ask(question);
      if (!found.cached) return false;
      expect(found).toMatchObject({ answer, cost_usd: 0 });
      expect(model.asked).toHaveLength(calls);
      return true;
    },
    noticedMs,
  );
}

/** Asks as many new questions at once; all are answered in full. */
async function expectAnswers(app: TestApp, questions: number): Promise<void> {
  const client = app.as('acme');
  const asked = Array.from({ length: questions }, (_, index) => client.ask(`of ${model.asked.length}: ${index}`));
  for (const { cached, degradation } of await Promise.all(asked)) expect({ cached, degradation }).toEqual(whole);
}

const whole = { cached: false, degradation: 'full' };

describe('two replicas on one Redis', () => {
  test('find each other’s answers', async () => {
    const [one, other] = await Promise.all([replica(), replica()]);
    await expectSharing(one);
    await expectSharing(other);
  });

  test('count freshness from the creation of an answer, whoever made it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
    const [one, other] = await Promise.all([replica(), replica()]);
    const { answer: first } = await one.as('acme').ask('q');
    await until('the answer is in Redis', async () => (await answersHeld()) === 1);

    later(599);
    expect(await other.as('acme').ask('q')).toMatchObject({ answer: first, cached: true, degradation: 'full' });
    expect(model.asked).toHaveLength(1);
    // 2 s after the other one got it, but 601 s after it was made: stale, so it is given and renewed.
    later(2);
    expect(await other.as('acme').ask('q')).toMatchObject({ answer: first, cached: true });
    await until('it was renewed', () => model.asked.length === 2);
    await until('the new one is found', async () => (await other.as('acme').ask('q')).answer === '#2 q');
    // The one that made the first has it in memory, stale: Redis has a newer one.
    await until('the new one is shared', async () => (await one.as('acme').ask('q')).answer === '#2 q');
  });
});

describe('Redis frozen', () => {
  test('stored and new questions are answered, and after five failures no command is sent', async () => {
    const app = await replica();
    const client = app.as('acme');
    expect(await app.as('acme').ask('known')).toMatchObject({ answer: '#1 known', cached: false });
    await expectSharing(app);
    const before = await commands();
    await redis.freeze();

    expect(await client.ask('known')).toMatchObject({ answer: '#1 known', cached: true });
    for (let index = 0; (await breakerOf(app, 'cache')) !== 'open'; index += 1) {
      expect(await client.ask(`new ${index}`)).toMatchObject(whole);
      expect(await client.ask(`new ${index}`)).toMatchObject({ cached: true });
    }
    await noticed(app, { there: false });
    await expectAnswers(app, 50);
    expect(redis.frozen).toBe(true);
    // Each waited for the deadline of a command, not for the end of the connection.
    expect(app.log()).toContainEqual(expect.objectContaining({ reason: 'no answer within 0.1 s' }));

    redis.thaw();
    await noticed(app, { there: true });
    expect((await commands()) - before).toBeLessThanOrEqual(5);
    await expectSharing(app);
  });

  test('a replica that starts meanwhile answers, and shares after the thaw', async () => {
    await redis.freeze();
    const app = await replica();
    await expectAnswers(app, 10);
    expect(redis.frozen).toBe(true);
    redis.thaw();
    await noticed(app, { there: true });
    await expectSharing(app);
  });
});

describe('Redis gone', () => {
  test('at the start and back later: answers all along, shared once it is back', async () => {
    await redis.kill();
    const app = await replica();
    await expectAnswers(app, 10);
    await noticed(app, { there: false });
    await redis.restart();
    await noticed(app, { there: true });
    await expectSharing(app);
  });

  test('in the middle of load: every question is answered', async () => {
    const app = await replica();
    const clients = ['acme', 'umbrella', 'initech'].map((tenant) => app.as(tenant));
    const asked = Array.from({ length: 300 }, async (_, index) => {
      const answers = [];
      for (let turn = 0; turn < 3; turn += 1) {
        if (index === 100 && turn === 1) await redis.kill();
        answers.push(await clients[index % 3]?.ask(`question ${index % 60} of turn ${turn}`));
      }
      return answers;
    });
    const answers = (await Promise.all(asked)).flat();
    expect(answers).toHaveLength(900);
    for (const answer of answers) expect(answer).toMatchObject({ degradation: 'full' });
    // Memory and single flight go on without it.
    expect(model.asked).toHaveLength(180);

    await redis.restart();
    await noticed(app, { there: true });
    await expectSharing(app);
  });

  test('and back empty: what is in memory is given, and what is new is shared', async () => {
    const app = await replica();
    expect(await app.as('acme').ask('known')).toMatchObject({ answer: '#1 known', cached: false });
    await expectSharing(app);
    await redis.restart({ empty: true });
    expect(await app.as('acme').ask('known')).toMatchObject({ answer: '#1 known', cached: true });
    await noticed(app, { there: true });
    await expectSharing(app);
  });
});

test('READONLY after a failover: answers go on, what is held is read, and writes are shared again afterwards', async () => {
  const app = await replica();
  expect(await app.as('acme').ask('known')).toMatchObject({ answer: '#1 known', cached: false });
  await expectSharing(app);
  await redis.readonly();
  expect(await (await replica()).as('acme').ask('known')).toMatchObject({ answer: '#1 known', cached: true });
  await expectAnswers(app, 20);
  expect(await app.as('acme').ask('known')).toMatchObject({ cached: true });
  expect((await readinessOf(app)).code).toBe(200);

  await redis.command('REPLICAOF', 'NO', 'ONE');
  await noticed(app, { there: true });
  await expectSharing(app);
});

describe('rate limit and budget stay sane while Redis', () => {
  type Outage = readonly [what: string, begin: () => Promise<unknown>, end: () => Promise<unknown>];
  const outages: readonly Outage[] = [
    ['is frozen', () => redis.freeze(), async () => redis.thaw()],
    ['is gone', () => redis.kill(), () => redis.restart()],
    ['takes no writes', () => redis.readonly(), () => redis.command('REPLICAOF', 'NO', 'ONE')],
    ['came back empty', () => redis.restart({ empty: true }), async () => undefined],
  ];

  test.each(outages)('%s: a client has its limit, neither more nor less', async (_what, begin, end) => {
    const app = await replica({ RATE_LIMIT_PER_MINUTE: '20' });
    const client = app.as('acme');
    const allowed = async (times: number) => {
      let count = 0;
      for (let index = 0; index < times; index += 1) {
        const response = await client.post('/query', { question: 'q' });
        if (response.statusCode === 200) count += 1;
        else expect(problemIn(response)).toMatchObject({ status: 429, error: 'Rate limit exceeded' });
      }
      return count;
    };
    const before = await allowed(8);
    await begin();
    const during = await allowed(6);
    expect(before + during).toBe(14);
    await end();
    await noticed(app, { there: true });
    // What Redis granted while it was frozen, and nobody heard of, is lost: a block of 1 each time, until the breaker opens.
    const after = await allowed(12);
    expect(after).toBeLessThanOrEqual(6);
    expect(after).toBeGreaterThanOrEqual(1);
    expect(await allowed(3)).toBe(0);
  });

  test.each(outages)('%s: a tenant spends its budget, and alone a tenth of it at most', async (what, begin, end) => {
    // 0.20 dollars: what a call reserves, and what it costs. 50 of them are the budget.
    model = numberedModel({ tokens: { input: 200, output: 50 } });
    const app = await replica({ TENANT_BUDGET_USD_PER_DAY: '10' });
    const client = app.as('acme');
    let asked = 0;
    const answered = async (times: number) => {
      let count = 0;
      for (let index = 0; index < times; index += 1) {
        const response = await client.post('/query', { question: `question ${asked++}` });
        if (response.statusCode === 200) count += 1;
        else expect(problemIn(response)).toMatchObject({ status: 429, error: 'Budget exceeded' });
      }
      return count;
    };
    expect(await answered(20)).toBe(20);
    await begin();
    const alone = await answered(10);
    // Five are a tenth of the budget, one of which may be from before: Redis was not told of it in time.
    expect(alone).toBeGreaterThanOrEqual(4);
    if (what !== 'came back empty') expect(alone).toBeLessThanOrEqual(5);
    await end();
    await noticed(app, { there: true });
    let after = await answered(40);
    let budget = { spent_usd: NaN, reserved_usd: NaN };
    // What Redis reserved, and nobody heard of in time, is reserved for another 15 s: a frozen Redis does so, and a slow one.
    const allSpent = async () => {
      after += await answered(1);
      ({ budget } = (await client.get('/costs')).json<{ budget: typeof budget }>());
      return budget.spent_usd > 9.9;
    };
    await until('the whole budget is spent', allSpent, 30_000);
    expect(budget.spent_usd).toBeCloseTo(10);
    expect(budget.reserved_usd).toBe(0);
    expect(20 + alone + after).toBe(50);
  });
});
