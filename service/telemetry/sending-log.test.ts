import { expect, it } from 'vitest';
import type { Logger } from './logger.ts';
import { SendingLog } from './sending-log.ts';

it('says once that something cannot be sent, and once that it can again', () => {
  const lines: unknown[] = [];
  const keep = (...line: unknown[]) => void lines.push(line);
  const log = new SendingLog(
    { warn: keep, info: keep } as unknown as Logger,
    { fails: 'away', works: 'back' },
    { n: 1 },
  );
  log.works();
  for (const reason of ['first', 'second']) log.fails(reason);
  for (let time = 0; time < 2; time += 1) log.works();
  log.fails('third');
  expect(lines).toEqual([
    [{ n: 1, reason: 'first' }, 'away'],
    [{ n: 1 }, 'back'],
    [{ n: 1, reason: 'third' }, 'away'],
  ]);
});
