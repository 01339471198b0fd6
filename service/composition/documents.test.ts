import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../contract/parse-config.ts';
import { createLogger } from '../telemetry/logger.ts';
import { jwtSecret } from '../testing.ts';
import { probeWrite } from '../upstreams/embedded/write-probe.ts';
import { createDocuments } from './documents.ts';

vi.mock('../upstreams/embedded/write-probe.ts', { spy: true });

it('writes nothing more to a disk that has not taken the last check yet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-documents-'));
  const config = parseConfig({ JWT_SECRET: jwtSecret, DATA_DIR: folder });
  const log = createLogger(config, '0', { write: () => undefined });
  const metrics = { circuit_breaker_state: { labels: () => ({ set: () => undefined }) } } as never;
  const documents = createDocuments(config, log, { config, log, metrics, onChange: () => undefined });
  onTestFinished(async () => {
    await documents.close();
    for (const breaker of Object.values(documents.breakers)) breaker.close();
    rmSync(folder, { recursive: true });
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  vi.mocked(probeWrite).mockReturnValueOnce(promise);

  const check = () => documents.dependencies.vector_db.check(new AbortController().signal);
  const first = check();
  await expect(check()).rejects.toThrow('no answer yet: the last check still waits');
  expect(probeWrite).toHaveBeenCalledTimes(1);
  resolve(undefined);
  await first;
  await check();
  expect(probeWrite).toHaveBeenCalledTimes(2);
});
