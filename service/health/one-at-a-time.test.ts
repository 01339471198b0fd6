import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

it('runs nothing while the last run has not ended, says so, and runs again after it', async () => {
  const runs: PromiseWithResolvers<undefined>[] = [];
  const run = oneAtATime(async () => {
    const next = Promise.withResolvers<undefined>();
    runs.push(next);
    await next.promise;
  });

  const first = run();
  for (let n = 0; n < 5; n += 1) await expect(run()).rejects.toThrow('no answer yet: the last check still waits');
  expect(runs).toHaveLength(1);
  runs[0]?.resolve(undefined);
  await first;

  const second = run();
  expect(runs).toHaveLength(2);
  runs[1]?.reject(new Error('EIO'));
  await expect(second).rejects.toThrow('EIO');
  void run();
  expect(runs).toHaveLength(3);
});
