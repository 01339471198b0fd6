import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import type { deepHealthResponse } from '../../service/contract/health-schemas.ts';
import { buildTestApp } from '../../service/testing.ts';
import { run, until } from '../processes.ts';

// Only root may mount a disk that is small enough to fill.
test.skipIf(process.getuid?.() !== 0)('a full disk shows in the health of documents, and so does its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-full-'));
  expect(await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder])).toMatchObject({ code: 0, stderr: '' });
  onTestFinished(async () => {
    await run('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
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
