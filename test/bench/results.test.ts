import { describe, expect, test } from 'vitest';
import { root, run } from '../processes.ts';
import { meets, runBench, type BenchRow } from './run-bench.ts';

const row = (op: BenchRow['op'], measured: number): BenchRow => ({
  work: 'some work, ms',
  op,
  target: 10,
  measured,
  runs: [measured],
});

describe('the benchmark', () => {
  // Some rows start the service, which takes its time on a busy machine.
  test('measures each row in every run', { timeout: 300_000 }, async () => {
    const lines: string[] = [];
    const rows = await runBench({ runs: 1, quick: true, print: (line) => lines.push(line) });
    expect(lines).toHaveLength(rows.length);
    expect(new Set(rows.map(({ work }) => work)).size).toBe(rows.length);
    for (const { op, target, measured, runs } of rows) {
      expect(op).toMatch(/^[<>]=$/);
      expect(target).toBeGreaterThan(0);
      expect(measured).toSatisfy(Number.isFinite);
      expect(runs).toEqual([measured]);
    }
  });

  test('takes a row for met up to its target', () => {
    expect([9, 10, 11].map((measured) => meets(row('<=', measured)))).toEqual([true, true, false]);
    expect([9, 10, 11].map((measured) => meets(row('>=', measured)))).toEqual([false, true, true]);
  });

  test('is a command', async () => {
    const ended = await run('npm', ['run', '--silent', 'bench', '--', '--fast'], { cwd: root });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("Unknown option '--fast'") as string });
  });
});
