import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { folder } from './layout.ts';
import { recall, remember } from './records.ts';

vi.mock('./layout.ts', async (original) => ({
  ...(await original<object>()),
  folder: mkdtempSync(join(tmpdir(), 'ballast-records-')),
}));
afterAll(() => rmSync(folder, { recursive: true }));

test('a process is recalled while it runs, and not when nobody has noticed yet that it ended', async () => {
  // A program that does not wait for the child that the shell had before it became that program.
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill());
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
  remember('parent', Number(parent.pid));
  expect(recall('parent')).toBe(parent.pid);
  remember('child', Number(String(printed)));
  await vi.waitFor(() => expect(recall('child')).toBeUndefined());
  expect(recall('none')).toBeUndefined();
});
