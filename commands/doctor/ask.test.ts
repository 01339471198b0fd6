import { expect, it } from 'vitest';
import { ask } from './ask.ts';

it('waits for an answer as long as it is told', async () => {
  expect(await ask('sh', ['-c', 'echo here'])).toBe('here\n');
  await expect(ask('sleep', ['30'], 50)).rejects.toThrow('no answer within 0.05 s');
});
