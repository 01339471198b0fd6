import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { Canary } from './promote/canary.ts';
import { checkGuards, type Verdict } from './promote/check-guards.ts';
import { credentialFor } from './promote/credential.ts';
import { formatTable } from './table.ts';

// npm run promote:check -- --url U [--token T] [--json]: whether a running service may be promoted, by its guards.
await runCommand(async () => {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, token: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const url = addressOf(values.url);
  const verdict = await checkGuards(new Canary(url, await credentialFor(url, values.token)));
  if (values.json) console.log(JSON.stringify(verdict));
  else print(verdict);
  if (!verdict.passed) process.exitCode = 1;
});

function print({ url, passed, guards, warning }: Verdict): void {
  const rows = guards.map(({ guard, passed: holds, evidence }) => [guard, holds ? 'ok' : 'REFUSED', evidence]);
  console.log(formatTable(['GUARD', 'RESULT', 'EVIDENCE'], rows));
  if (warning !== undefined) console.log(`\nWarning: ${warning}`);
  if (passed) console.log(`\n${url} may be promoted: every guard holds.`);
  else console.log(`\n${url} may not be promoted:`);
  for (const { guard, reason } of guards) if (reason !== undefined) console.log(`  ${guard}: ${reason}`);
}

/** The address to ask, without a slash at the end. @throws {Failure} when it is none. */
function addressOf(given: string | undefined): string {
  if (given === undefined) throw new Failure('Name the service: npm run promote:check -- --url http://HOST:PORT');
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new Failure(`--url must be an address such as http://127.0.0.1:8000, not ${given}`);
  }
  if (url.username !== '' || url.password !== '') throw new Failure('--url must hold no user or password: use --token');
  return url.href.replace(/\/+$/, '');
}
