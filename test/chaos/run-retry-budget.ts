import { parseArgs } from 'node:util';
import { measureRetries } from './retry-budget.ts';

// node test/chaos/run-retry-budget.ts [--seconds 60] [--per-second 50]: all models failing at constant load, once with the
// breakers off, so that the retry budget alone holds, and once with them on.
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, 'per-second': { type: 'string', default: '50' } },
});
for (const breakers of [false, true]) {
  const load = { seconds: Number(values.seconds), perSecond: Number(values['per-second']), breakers };
  const { requests, admitted, calls, most } = await measureRetries(load);
  const verdict = calls <= most ? 'held' : 'BROKEN';
  console.log(
    `breakers ${breakers ? 'on' : 'off'}: ${requests} requests in ${load.seconds} s, ${admitted} admitted, ` +
      `${calls} model calls, at most ${most} allowed: ${verdict}`,
  );
  if (calls > most) process.exitCode = 1;
}
