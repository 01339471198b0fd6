import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import type { WorkerTask } from './schema-worker.ts';

async function startWorker(megabytes: number): Promise<Worker> {
  const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), {
    workerData: { strict: true },
    resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 8 },
  });
  onTestFinished(async () => {
    await worker.terminate();
  });
  expect(await once(worker, 'message')).toEqual(['ready']);
  return worker;
}

async function ask(worker: Worker, schema: unknown, value?: unknown): Promise<unknown> {
  const task: WorkerTask = {
    schema: JSON.stringify(schema),
    ...(value === undefined ? {} : { value: JSON.stringify(value) }),
  };
  worker.postMessage(task);
  const [answer] = (await once(worker, 'message')) as [unknown];
  return answer;
}

it('takes 5,000 schemas in a heap that does not hold them all', async () => {
  const worker = await startWorker(28);
  for (let index = 0; index < 5_000; index += 1) {
    const schema = { type: 'object', properties: { [`p${index}`]: { type: 'string', minLength: index % 100 } } };
    const answer = await ask(worker, schema, { [`p${index}`]: 'a'.repeat(100) });
    expect(answer).toEqual({ valid: true });
  }
}, 120_000);

it('keeps fewer schemas when they are large', async () => {
  const worker = await startWorker(48);
  for (let index = 0; index < 180; index += 1) {
    const names = Array.from({ length: 290 }, (_, name) => [`p${index}_${name}`, { type: 'string', minLength: 1 }]);
    expect(await ask(worker, { properties: Object.fromEntries(names) as unknown }, {})).toEqual({ valid: true });
  }
}, 120_000);

it('answers about schemas and values in turn', async () => {
  const worker = await startWorker(64);

  expect(await ask(worker, { minLength: 2 })).toEqual({ valid: true });
  expect(await ask(worker, { minLength: 2, type: 'string' }, 'ab')).toEqual({ valid: true });
  expect(await ask(worker, { type: 'string', minLength: 2 }, 'a')).toEqual({
    valid: false,
    errors: 'the answer must NOT have fewer than 2 characters',
  });
  expect(await ask(worker, { type: 'strin' }, 'a')).toMatchObject({ problems: [{ pointer: '/type' }] });
});

it('tells schemas apart that differ in a name or a value', async () => {
  const worker = await startWorker(64);

  expect(await ask(worker, { properties: { a: { type: 'string' } } }, { a: 1 })).toMatchObject({ valid: false });
  expect(await ask(worker, { properties: { b: { type: 'string' } } }, { a: 1 })).toEqual({ valid: true });
  expect(await ask(worker, { properties: { a: { type: 'number' } } }, { a: 1 })).toEqual({ valid: true });
});
