import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { withService } from './promote/service-to-check.ts';
import { runSmoke, type SmokeResult } from './smoke/run-smoke.ts';
import { formatTable } from './table.ts';
import { untilInterrupted } from './until-interrupted.ts';

// npm run smoke -- (--url U | --stack S [--canary]) [--token T] [--json]: asks every endpoint of a running service once, and looks
// at each answer.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      stack: { type: 'string' },
      canary: { type: 'boolean', default: false },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.canary && values.stack === undefined) throw new Failure('--canary needs --stack S');
  const instance = values.canary ? 'api-canary' : 'api';
  await untilInterrupted((interrupted) =>
    withService('smoke', values, instance, interrupted, async (service) => {
      const results = await runSmoke(service, service.uninterrupted());
      const failed = results.filter(({ result }) => result === 'FAILED');
      if (values.json)
        console.log(JSON.stringify({ url: service.url, passed: failed.length === 0, endpoints: results }));
      else print(service.url, results, failed);
      if (failed.length > 0) process.exitCode = 1;
    }),
  );
});

function print(url: string, results: readonly SmokeResult[], failed: readonly SmokeResult[]): void {
  const rows = results.map(({ endpoint, result, milliseconds, evidence }) => [
    endpoint,
    result,
    `${milliseconds} ms`,
    evidence,
  ]);
  console.log(formatTable(['ENDPOINT', 'RESULT', 'TIME', 'EVIDENCE'], rows));
  if (failed.length === 0) console.log(`\n${url} answers as it should.`);
  else console.log(`\n${url} does not answer as it should:`);
  for (const { endpoint, evidence } of failed) console.log(`  ${endpoint}: ${evidence}`);
}
