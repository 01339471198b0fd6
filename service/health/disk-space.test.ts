import { statfs } from 'node:fs/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { DiskSpace } from './disk-space.ts';

vi.mock('node:fs/promises', { spy: true });
afterEach(() => {
  vi.useRealTimers();
});

it('asks a disk that does not answer once, and again when it has answered', async () => {
  vi.useFakeTimers();
  const { promise, resolve } = Promise.withResolvers<never>();
  vi.mocked(statfs).mockReturnValueOnce(promise);
  const disk = new DiskSpace('/data/documents.db', 1_000);
  const started = disk.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(statfs).toHaveBeenCalledTimes(1);
  expect(disk.space).toBeUndefined();

  const space = { bavail: 1, blocks: 2, bsize: 10 };
  vi.mocked(statfs).mockResolvedValue(space as never);
  resolve(space as never);
  await vi.advanceTimersByTimeAsync(1_000);
  await started;
  // Pauses are shorter at random, so that two may end within that second.
  expect(vi.mocked(statfs).mock.calls.length).toBeGreaterThan(1);
  expect(disk.space).toEqual({ path: '/data', free_bytes: 10, total_bytes: 20 });
  disk.stop();
});
