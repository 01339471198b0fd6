import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { root } from './running.js';
import { formatTable } from './table.ts';

interface Row {
  readonly work: string;
  readonly op: string;
  readonly target: number;
  readonly measured: number;
  readonly runs: readonly number[];
}

interface Bench {
  readonly runBench: (options: {
    runs: number;
    quick: boolean;
    print: (line: string) => void;
  }) => Promise<readonly Row[]>;
  readonly meets: (row: Row) => boolean;
}

const runs = 3;

// npm run bench [-- --quick]: measures what the service promises; fails when a row misses its target.
await runCommand(async () => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  // Loaded by its path, as test files are: no code depends on the tests.
  const path = pathToFileURL(join(root, 'test', 'bench', 'run-bench.ts')).href;
  const { runBench, meets } = (await import(path)) as Bench;
  const rows = await runBench({
    runs: values.quick ? 1 : runs,
    quick: values.quick,
    print: (line) => console.error(line),
  });
  const folder = join(root, 'dist', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify({ rows }, null, 2)}\n`);
  const cells = rows.map((row) => [
    row.work,
    row.measured.toFixed(3),
    `${row.op} ${row.target}`,
    meets(row) ? 'met' : 'MISSED',
  ]);
  console.log(formatTable(['WORK', 'MEASURED', 'TARGET', ''], cells));
  if (!rows.every(meets)) throw new Failure('A row misses its target; dist/bench/results.json has every run.');
});
