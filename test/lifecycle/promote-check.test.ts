import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { GuardResult, Verdict } from '../../commands/promote/check-guards.ts';
import { signToken } from '../../service/testing.ts';
import { freePort, root, run, until } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { RedisStandin } from '../standins/redis.ts';
import { LocalStack } from './local-stack.ts';

const price_per_1k = { input: 0, output: 0 };
const modelTable = {
  models: { qwen: { price_per_1k }, mistral: { price_per_1k } },
  modes: {
    creative: { model: 'qwen', temperature: 0.9, fallback: 'balanced' },
    balanced: { model: 'mistral', temperature: 0.3, fallback: null },
    fast: { model: 'mistral', temperature: 0, fallback: null },
  },
};

let llm: LlmStandin;
let url: string;

beforeEach(async () => {
  llm = await startLlmStandin({ models: ['qwen', 'mistral'] });
  onTestFinished(() => llm.close());
  url = `http://127.0.0.1:${await freePort()}`;
});

/** Starts the service with two models behind a stand-in, and puts its address into {@link url}. */
async function startService(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-promote-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'models.json');
  writeFileSync(file, JSON.stringify(modelTable));
  ({ url } = await RunningService.start({ LLM_BASE_URL: llm.url, MODELS_FILE: file, ...env }));
}

/** Runs the command itself, with these arguments. */
function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const script = join(root, 'commands', 'promote-check.ts');
  const state = join(tmpdir(), 'ballast-promote-that-runs-nothing');
  return run(process.execPath, ['--no-warnings', script, ...args], { env: { BALLAST_STATE_DIR: state, ...env } });
}

/** What the command finds, with a token of all scopes. */
async function verdict(): Promise<Verdict & { readonly code: number | null }> {
  const { code, stdout, stderr } = await command(['--url', url, '--token', await signToken(), '--json']);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Verdict) };
}

/** The guards that do not hold, with their reasons. */
function refused({ guards }: Verdict): Record<string, string | undefined> {
  const wrong = guards.filter(({ passed }) => !passed);
  return Object.fromEntries(wrong.map(({ guard, reason }: GuardResult) => [guard, reason]));
}

describe('a healthy service', () => {
  test('may be promoted, with evidence for each guard', async () => {
    const redis = await RedisStandin.start();
    onTestFinished(() => redis.stop());
    await startService({ REDIS_URL: redis.url });
    const found = await verdict();
    expect(refused(found)).toEqual({});
    expect(found).toMatchObject({ code: 0, url, passed: true });
    expect(found.guards.map(({ guard }) => guard)).toEqual([
      'readiness',
      'json guard',
      'cache',
      'models',
      'circuit breakers',
    ]);
    const evidence = Object.fromEntries(found.guards.map((guard) => [guard.guard, guard.evidence]));
    expect(evidence['readiness']).toBe('GET /health/ready?strict=1: 200, ready');
    expect(evidence['json guard']).toBe(
      'JSON_GUARD_ENABLED=true, JSON_GUARD_MAX_ATTEMPTS=3, JSON_GUARD_FALLBACK_ENABLED=true',
    );
    expect(evidence['cache']).toMatch(
      /^CACHE_ENABLED=true; (memory|redis|question)(: hit, expired after \d+\.\d s, regenerated(; (redis|question))?){3}$/,
    );
    expect(evidence['models']).toMatch(/^qwen healthy \d+ s ago, mistral healthy \d+ s ago$/);
    expect(evidence['circuit breakers']).toMatch(/^CIRCUIT_BREAKER_ENABLED=true; .*qwen closed, .*mistral closed/);
    expect(found).not.toHaveProperty('warning');
    expect(await redis.command('KEYS', '*')).toEqual([]);
  });

  test('is shown as a table, by a token of the environment and whatever its address ends with', async () => {
    await startService();
    const { code, stdout, stderr } = await command(['--url', `${url}/`], { BALLAST_TOKEN: await signToken() });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^GUARD +RESULT +EVIDENCE\nreadiness +ok +GET /);
    expect(stdout.endsWith(`\n\n${url} may be promoted: every guard holds.\n`)).toBe(true);
  });

  test('is not promoted by who has no token, or one without the scope admin, and either is told so', async () => {
    await startService();
    const without = await command(['--url', url, '--json']);
    const needs = 'needs a token: give one with scope admin by --token T or BALLAST_TOKEN';
    expect([without.code, refused(JSON.parse(without.stdout) as Verdict)]).toEqual([
      1,
      {
        'json guard': `GET /config ${needs}`,
        cache: `GET /config ${needs}`,
        'circuit breakers': `GET /config ${needs}`,
      },
    ]);
    const token = await signToken({ scope: 'query' });
    const narrow = await command(['--url', url, '--token', token, '--json']);
    const lacks = 'GET /config answered 403: the token lacks the scope admin; it has: query';
    expect([narrow.code, refused(JSON.parse(narrow.stdout) as Verdict)]).toEqual([
      1,
      { 'json guard': lacks, cache: lacks, 'circuit breakers': lacks },
    ]);
    expect(narrow.stdout).not.toContain(token);
  });

  test('that runs here needs no token', async () => {
    const stack = await LocalStack.create();
    onTestFinished(() => stack.dispose());
    expect(await stack.command('up')).toMatchObject({ code: 0 });
    const { code, stdout } = await stack.command('promote-check', '--url', `http://localhost:${stack.port}`);
    expect([code, stdout]).toEqual([0, expect.stringContaining('may be promoted')]);
  });
});

describe('a service is not promoted', () => {
  test('with the JSON guard off', async () => {
    await startService({ JSON_GUARD_ENABLED: 'false' });
    const found = await verdict();
    expect(refused(found)).toEqual({ 'json guard': 'JSON_GUARD_ENABLED is not true' });
    expect([found.code, found.passed]).toEqual([1, false]);
  });

  test('with fewer than 3 attempts for valid JSON', async () => {
    await startService({ JSON_GUARD_MAX_ATTEMPTS: '2' });
    const { code, stdout } = await command(['--url', url, '--token', await signToken()]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^json guard +REFUSED +JSON_GUARD_ENABLED=true, JSON_GUARD_MAX_ATTEMPTS=2, /m);
    const reason = 'JSON_GUARD_MAX_ATTEMPTS is 2, at least 3 are needed';
    expect(stdout.endsWith(`\n\n${url} may not be promoted:\n  json guard: ${reason}\n`)).toBe(true);
  });

  test('with breakers off', async () => {
    await startService({ CIRCUIT_BREAKER_ENABLED: 'false' });
    expect(refused(await verdict())).toEqual({ 'circuit breakers': 'CIRCUIT_BREAKER_ENABLED is not true' });
  });

  test('with a breaker open', async () => {
    await startService();
    await llm.setFault({ kind: 'status', status: 500 }, { only: 'qwen' });
    const headers = { authorization: `Bearer ${await signToken()}`, 'content-type': 'application/json' };
    await until('the breaker of qwen is open', async () => {
      const body = JSON.stringify({ input: crypto.randomUUID(), mode: 'creative' });
      await (await fetch(`${url}/v1/predict`, { method: 'POST', headers, body })).text();
      return (await (await fetch(`${url}/metrics`)).text()).includes('circuit_breaker_state{model="qwen"} 1');
    });
    const found = await verdict();
    expect(refused(found)).toMatchObject({ 'circuit breakers': 'qwen is open' });
    expect(found.code).toBe(1);
  });

  test('with a model unhealthy', async () => {
    await llm.setFault({ kind: 'status', status: 500 }, { only: 'mistral' });
    await startService();
    const found = await verdict();
    expect(refused(found)).toEqual({ models: expect.stringMatching(/^mistral is unhealthy: .*500/) as string });
    expect(found.code).toBe(1);
  });

  test('with the cache off', async () => {
    await startService({ CACHE_ENABLED: 'false' });
    expect(refused(await verdict())).toEqual({ cache: 'CACHE_ENABLED is not true' });
  });

  test('with a cache in memory that does not expire', async () => {
    await startService({ NODE_OPTIONS: `--import=${join(import.meta.dirname, 'cache-that-keeps.ts')}` });
    const found = await verdict();
    const reason = 'removed: saw stale, expected absent';
    expect(refused(found)).toEqual({ cache: `memory: ${reason}; question: ${reason}` });
    expect(found.code).toBe(1);
  });

  test('with a Redis in which old answers are made new', async () => {
    const redis = await RedisStandin.start();
    onTestFinished(() => redis.stop());
    const stop = renewAnswers(redis.url);
    onTestFinished(stop);
    await startService({ REDIS_URL: redis.url });
    expect(refused(await verdict())['cache']).toContain('redis: aged: saw fresh, expected stale or absent');
  });

  test('while something that it needs is down', async () => {
    await startService({ TEI_URL: `http://127.0.0.1:${await freePort()}` });
    const found = await verdict();
    expect(refused(found)).toEqual({ readiness: 'down: embeddings' });
    expect(found.guards[0]?.evidence).toBe('GET /health/ready?strict=1: 503, degraded');
    expect(found.code).toBe(1);
  });
});

/** Gives every stored answer the age of none, again and again, and takes away its end. */
function renewAnswers(address: string): () => void {
  const redis = new Redis(address);
  let stopped = false;
  const renew = async (): Promise<void> => {
    for (const name of await redis.keys('ballast:answer:*')) {
      const text = await redis.get(name);
      if (text !== null) await redis.set(name, text.replace(/"createdAt":\d+/, `"createdAt":${Date.now()}`));
    }
    if (!stopped) setTimeout(() => void renew().catch(() => undefined), 20);
  };
  void renew().catch(() => undefined);
  return () => {
    stopped = true;
    redis.disconnect();
  };
}

describe('what is no service', () => {
  test('is unreachable: no guard holds, and each says why', async () => {
    const found = await verdict();
    const reason = `${url} does not answer GET /: ECONNREFUSED`;
    expect(found.guards).toHaveLength(5);
    for (const { passed, evidence, reason: why } of found.guards) {
      expect([passed, evidence, why]).toEqual([false, 'could not be checked', reason]);
    }
    expect(found.code).toBe(1);
  });

  test('answers otherwise: no guard holds, and the answer is told', async () => {
    const server = createServer((_request, response) => response.end('<p>Hello</p>'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await verdict();
    expect(Object.keys(refused(found))).toHaveLength(5);
    expect(refused(found)['json guard']).toMatch(/^GET \/config does not answer as this version does: /);
    expect(found.warning).toMatch(/^whether one replica answered is not known: GET \/ does not answer/);
  });
});

test('says when more than one process answers', async () => {
  await startService();
  const behind = url;
  await startService();
  const service = url;
  // As a load balancer that thinks again after the first request.
  let next = behind;
  const balancer = createServer((request, response) => {
    const { method = 'GET', headers } = request;
    const authorization = headers.authorization === undefined ? {} : { authorization: headers.authorization };
    const answering = fetch(`${next}${request.url}`, { method, headers: authorization });
    next = service;
    void answering.then(async (answer) => {
      response.writeHead(answer.status).end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => void balancer.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void balancer.close());
  url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  const found = await verdict();
  expect(found.warning).toMatch(/^more than one process answered/);
});

test.each([
  [[], 'Name the service: npm run promote:check -- --url http://HOST:PORT'],
  [['--url', 'localhost:8000'], '--url must be an address such as http://127.0.0.1:8000, not localhost:8000'],
  [['--url', 'http://a?b=c'], '--url must be an address such as http://127.0.0.1:8000, not http://a?b=c'],
  [['--url', 'http://ann:secret@a'], '--url must hold no user or password: use --token'],
  [['--url', 'http://a', '--token', 'two words'], 'The token must be one word of ASCII.'],
])('refuses the arguments %j', async (args, sentence) => {
  expect(await command(args)).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
});

test('is a command of npm, and names an unknown option', async () => {
  // Not run by npm itself, which would install packages where they are not those of the lock file.
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['promote:check']).toBe('node commands/bootstrap.js promote-check');
  const { code, stdout, stderr } = await command(['--fast']);
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining("Unknown option '--fast'")]);
});
