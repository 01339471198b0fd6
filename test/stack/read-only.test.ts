import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../processes.ts';
import { ReadOnlyProcess } from './read-only.ts';

/** Whether a process runs; one that has ended and is not waited for yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each(['SIGKILL', 'SIGTERM'])(
  'what a program started ends with it, also where it ended before (%s)',
  async (how) => {
    const program = new ReadOnlyProcess();
    const file = join(program.folder, 'pid');
    const read = () => Number(readFileSync(file, { encoding: 'utf8', flag: 'a+' }));
    await program.start(['sh', '-c', `sleep 600 & echo $! > ${file}; wait`], {}, () => Promise.resolve(read() > 0));
    const pid = read();
    expect(runs(pid)).toBe(true);
    if (how === 'SIGTERM') {
      await program.end();
      expect(runs(pid)).toBe(true);
    }
    await program.remove();
    await until('what it started has ended', () => Promise.resolve(!runs(pid)));
  },
);
