import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { defaultModelTable } from '../../service/contract/models.ts';
import { freePort, root, statusOf, until } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { smallDisk } from '../small-disk.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { startQdrant } from '../standins/qdrant.ts';
import { RedisStandin } from '../standins/redis.ts';
import { startTei, type TeiOptions } from '../standins/tei.ts';

/** Seconds from the failure until the service says so, and from the end of its cause until all is well. */
interface Times {
  readonly detected: number;
  readonly recovered: number | undefined;
}

/** What docs/runbook/failure-scenarios.md tells; by `npm run test:chaos`, in dist/failure-modes.json. */
const measured: Record<string, Times> = {};
afterAll(() => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist', 'failure-modes.json'), `${JSON.stringify(measured, null, 2)}\n`);
});

/** Seconds until something holds. */
async function secondsUntil(what: string, holds: () => Promise<boolean>, withinMs = 30_000): Promise<number> {
  const begin = performance.now();
  await until(what, holds, withinMs);
  return Math.round((performance.now() - begin) / 10) / 100;
}

const health = async <T>(service: RunningService, path: string) =>
  (await (await fetch(`${service.url}${path}`)).json()) as T;
const check = async (service: RunningService, name: string) =>
  (await health<{ checks: Record<string, boolean> }>(service, '/health/ready')).checks[name];
const answers = async (service: RunningService) =>
  (await service.post('/query', { question: `How do I change the port? ${performance.now()}` })).status === 200;

async function modelStandin(): Promise<LlmStandin> {
  const llm = await startLlmStandin({ capacity: { slots: 4, serviceMs: 200 } });
  onTestFinished(llm.close);
  return llm;
}

test('the state store (Redis) is lost: every question is answered, and it is used again once it is back', async () => {
  const redis = await RedisStandin.start();
  onTestFinished(() => redis.stop());
  const service = await RunningService.start({ REDIS_URL: redis.url });
  await until('Redis is used', async () => (await check(service, 'cache')) === true);
  await redis.kill();
  const detected = await secondsUntil('its loss is seen', async () => {
    expect(await answers(service)).toBe(true);
    return (await check(service, 'cache')) === false;
  });
  await redis.restart();
  const recovered = await secondsUntil('it is used again', async () => (await check(service, 'cache')) === true);
  measured['state store lost'] = { detected, recovered };
});

test('the disk is full: what was stored is searched, and it is written to again once there is room', async () => {
  const folder = await smallDisk('8m');
  const service = await RunningService.start({ DATA_DIR: folder, CORPUS_DIR: join(root, 'docs', 'decisions') });
  const filler = join(folder, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024))).toThrow('ENOSPC');
  const detected = await secondsUntil('it is seen', async () => (await check(service, 'vector_db')) === false);
  expect(await answers(service)).toBe(true);
  rmSync(filler);
  const recovered = await secondsUntil('there is room', async () => (await check(service, 'vector_db')) === true);
  measured['disk full'] = { detected, recovered };
});

test('the memory is used up: the kernel ends the process, and a new one answers', async () => {
  const service = await RunningService.start({});
  // What the kernel's out-of-memory killer sends.
  service.process.kill('SIGKILL');
  const detected = await secondsUntil('it is gone', async () => (await statusOf(`${service.url}/health`)) === 0);
  const begin = performance.now();
  const next = await RunningService.start({});
  expect(await answers(next)).toBe(true);
  measured['out of memory'] = { detected, recovered: Math.round((performance.now() - begin) / 10) / 100 };
});

test(
  'too many questions come: some are refused quickly, and none once they have gone',
  { timeout: 120_000 },
  async () => {
    const llm = await modelStandin();
    const service = await RunningService.start({
      LLM_BASE_URL: llm.url,
      CACHE_ENABLED: 'false',
      ADMISSION_MAX_CONCURRENCY: '8',
      ADMISSION_QUEUE_SIZE: '4',
    });
    const mode = async () => {
      const lines = (await (await fetch(`${service.url}/metrics`)).text()).split('\n');
      return /mode="(\w+)"/.exec(
        lines.find((line) => line.startsWith('rag_degradation_mode{') && line.endsWith(' 1')) ?? '',
      )?.[1];
    };
    const asked = Array.from({ length: 60 }, (_, number) =>
      service.post('/query', { question: `Question ${number}?` }),
    );
    const detected = await secondsUntil('questions are refused', async () => (await mode()) === 'shed');
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
    const recovered = await secondsUntil('no question is refused', async () => (await mode()) === 'full');
    expect(await answers(service)).toBe(true);
    measured['overload'] = { detected, recovered };
  },
);

test('a breaker is open, and closes by itself when its model is well', { timeout: 120_000 }, async () => {
  const llm = await modelStandin();
  const service = await RunningService.start({
    LLM_BASE_URL: llm.url,
    CACHE_ENABLED: 'false',
    CIRCUIT_BREAKER_TIMEOUT_SECS: '5',
  });
  const circuit = async () =>
    (await health<{ circuit_state: string }>(service, `/health/llm?model=${defaultModelTable.modes.balanced.model}`))
      .circuit_state;
  await llm.setFault({ kind: 'status', status: 500 });
  const detected = await secondsUntil('it is open', async () => {
    await service.post('/query', { question: `Is it open? ${performance.now()}` });
    return (await circuit()) === 'open';
  });
  await llm.clearFaults();
  const recovered = await secondsUntil(
    'it is closed',
    async () => {
      expect(await answers(service)).toBe(true);
      return (await circuit()) === 'closed';
    },
    120_000,
  );
  measured['breaker open'] = { detected, recovered };
});

test('the embedding model is not the one of the documents: none starts, and those that run answer without them', async () => {
  const qdrant = await startQdrant({ python: inject('pythonWithQdrantEdge'), port: await freePort() });
  const port = await freePort();
  let tei = await startTei({ port });
  onTestFinished(async () => {
    await Promise.all([qdrant.close(), tei.close()]);
  });
  const replace = async (options: TeiOptions) => {
    await tei.close();
    tei = await startTei({ ...options, port });
  };
  const environment = { QDRANT_URL: qdrant.url, TEI_URL: tei.url };
  const service = await RunningService.start(environment);
  await until('all is well', async () => (await check(service, 'vector_db')) === true);

  await replace({ model: 'acme/other' });
  const detected = await secondsUntil('it is seen', async () => (await check(service, 'vector_db')) === false);
  expect(await answers(service)).toBe(true);
  const refused = await RunningService.begin(environment);
  expect((await refused.exit).code).toBe(1);
  for (const { log } of [service, refused]) {
    expect(JSON.stringify(log)).toContain('choose the model that the documents were stored with');
  }

  await replace({});
  const recovered = await secondsUntil(
    'the right one is back',
    async () => (await check(service, 'vector_db')) === true,
  );
  measured['other embedding model'] = { detected, recovered };
});
