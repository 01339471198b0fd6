import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import type { deepHealthResponse } from '../../service/contract/health-schemas.ts';
import { buildTestApp } from '../../service/testing.ts';
import { until } from '../processes.ts';
import { smallDisk } from '../small-disk.ts';
import { LocalStack } from './local-stack.ts';

test('a full disk shows in the health of documents, and so does its end', async () => {
  const folder = await smallDisk('2m');
  const { app, as } = await buildTestApp({ env: { DATA_DIR: folder }, checkIntervalMs: 50 });
  onTestFinished(() => app.close());
  const documents = async () => {
    const deep = (await app.inject('/health/deep')).json<z.output<typeof deepHealthResponse>>();
    return deep.dependencies['vector_db'];
  };
  expect((await app.inject('/health/ready?strict=1')).statusCode).toBe(200);

  const filler = join(folder, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))).toThrow('ENOSPC');
  await until('documents are unhealthy', async () => !(await documents())?.healthy);
  expect((await documents())?.reason).toBe('documents cannot be stored in DATA_DIR: ENOSPC');
  expect((await app.inject('/health/ready')).json()).toMatchObject({ status: 'degraded' });
  expect((await as('acme').post('/query', { question: 'Is anybody there?' })).statusCode).toBe(200);

  rmSync(filler);
  await until('documents are healthy again', async () => (await documents())?.healthy === true);
  expect((await app.inject('/health/ready?strict=1')).statusCode).toBe(200);
});

test('`up` says why the service ended, also when the disk of its log is full', async () => {
  const stack = await LocalStack.create();
  onTestFinished(() => stack.dispose());
  const log = join(await smallDisk('4k'), 'api.log');
  // There is room for the beginning of a line.
  writeFileSync(log, `${'x'.repeat(4_000)}\n`);
  Object.assign(stack.env, { LOG_FILE: log, CORPUS_DIR: join(stack.folder, 'nowhere') });
  const { code, stderr } = await stack.command('up');
  expect(code).toBe(1);
  expect(stderr).toContain(`CORPUS_DIR ${join(stack.folder, 'nowhere')} cannot be read (ENOENT)`);
});
