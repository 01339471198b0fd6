import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, run } from '../processes.ts';

test('memory stays flat over 100,000 distinct questions and tenants', async () => {
  const args = ['--no-warnings', '--expose-gc', join(root, 'test', 'chaos-full', 'many-questions.ts')];
  const { code, stdout, stderr } = await run(process.execPath, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [before = 0, after = Infinity] = JSON.parse(stdout) as number[];
  // The largest bound of all that is held is that of 20,000 clients of the rate limit: after 40,000 everything is full.
  // What keeps as little as a name of each of the other 60,000 takes 50 bytes for it at least.
  expect(after - before).toBeLessThan(60_000 * 50);
});
