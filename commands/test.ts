import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, runCommand } from './failure.ts';
import { unmountBelow } from './mounts.ts';
import { readRedis } from './redis.ts';
import { isRunning, root, type RunRecord } from './running.js';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** The projects of vitest.config.ts that need neither Docker, a cluster nor a Pulumi CLI. */
const usual = ['--project=unit', '--project=system'];

// npm test [-- FILTER...]: every test of the usual projects; with --project=NAME (repeated for more) those of that one.
// Ends with the line `N passed, N failed`.
await runCommand(async () => {
  const args = process.argv.slice(2);
  const chosen = args.filter((argument) => argument.startsWith('--project='));
  const filters = args.filter((argument) => !chosen.includes(argument));
  // Everything that tests make for a while is below this folder, so that what an interrupted run left can be found.
  const folder = mkdtempSync(join(tmpdir(), 'ballast-test-'));
  const report = join(folder, 'report.json');
  try {
    const vitest = spawn(
      process.execPath,
      [
        join(root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...(chosen.length > 0 ? chosen : usual),
        // A project may have no tests yet; a filter that fits none is a mistake.
        ...(filters.length > 0 ? filters : ['--passWithNoTests']),
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, TMPDIR: folder } },
    );
    // Vitest ends itself at Ctrl-C; this process stays for the closing line and for what is left.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => vitest.kill(signal));
    const [code] = (await once(vitest, 'exit')) as [number | null];
    const line = countLine(readResults(report), code);
    console.log(line);
    if (code !== 0) throw new Failure('', code ?? 1);
  } finally {
    removeLeftovers(folder);
  }
});

/** Ends the services, undoes the mounts and removes the files below a folder that tests worked in. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    for (const state of ['state', '.ballast']) {
      const redis = readRedis(join(folder, name, state, 'run', 'redis.json'));
      if (redis) process.kill(redis.pid, 'SIGKILL');
      const record = join(folder, name, state, 'run', 'api.json');
      if (!existsSync(record)) continue;
      const service = JSON.parse(readFileSync(record, 'utf8')) as RunRecord;
      if (isRunning(service)) process.kill(service.pid, 'SIGKILL');
    }
    // test/cluster/api-server-processes.ts records what it starts.
    const records = join(folder, name, 'run');
    for (const file of existsSync(records) ? readdirSync(records) : []) {
      const recorded = JSON.parse(readFileSync(join(records, file), 'utf8')) as Pick<RunRecord, 'pid' | 'marker'>;
      if (isRunning(recorded)) process.kill(recorded.pid, 'SIGKILL');
    }
  }
  unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true });
}

function readResults(report: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Results;
  } catch {
    return undefined;
  }
}

/** The plain closing line. A file that could not be run, and a run that failed as a whole, count as one failure each. */
function countLine(results: Results | undefined, code: number | null): string {
  if (!results) return '0 passed, 1 failed';
  const broken = results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  let failed = results.numFailedTests + broken.length;
  if (code !== 0 && failed === 0) failed = 1;
  const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : '';
  return `${results.numPassedTests} passed, ${failed} failed${skipped}`;
}
