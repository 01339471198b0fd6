import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { probeWrite } from './write-probe.ts';

it('leaves nothing behind in a folder that can be written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-probe-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await probeWrite(folder);
  expect(readdirSync(folder)).toEqual([]);
});

it('says that a folder is gone', async () => {
  const gone = join(tmpdir(), 'ballast-probe-that-is-not-there');
  await expect(probeWrite(gone)).rejects.toThrow('documents cannot be stored in DATA_DIR: ENOENT');
});
