import { parseArgs } from 'node:util';
import { runCommand } from './failure.ts';
import { checkGuards, type Verdict } from './promote/check-guards.ts';
import { withService } from './promote/service-to-check.ts';
import { formatTable } from './table.ts';
import { untilInterrupted } from './until-interrupted.ts';

// npm run promote:check -- (--url U | --stack S) [--token T] [--json]: whether a running service, or the canary of a stack, may be
// promoted, by its guards.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      stack: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  await untilInterrupted((interrupted) =>
    withService('promote:check', values, 'api-canary', interrupted, async (canary) => {
      const verdict = await checkGuards(canary);
      if (values.json) console.log(JSON.stringify(verdict));
      else print(verdict);
      if (!verdict.passed) process.exitCode = 1;
    }),
  );
});

function print({ url, passed, guards, warning }: Verdict): void {
  const rows = guards.map(({ guard, passed: holds, evidence }) => [guard, holds ? 'ok' : 'REFUSED', evidence]);
  console.log(formatTable(['GUARD', 'RESULT', 'EVIDENCE'], rows));
  if (warning !== undefined) console.log(`\nWarning: ${warning}`);
  if (passed) console.log(`\n${url} may be promoted: every guard holds.`);
  else console.log(`\n${url} may not be promoted:`);
  for (const { guard, reason } of guards) if (reason !== undefined) console.log(`  ${guard}: ${reason}`);
}
