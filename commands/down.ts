import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { stopRedis } from './redis.ts';
import { hasEnded, readRunning } from './running.js';
import { removeRunRecord } from './state.ts';

/** The service promises to be gone a second after its drain. */
const graceMs = 1_000;

// npm run down: stops the service gracefully, running requests may end; then the redis-server that came with it.
// npm run down -- --stack S [--yes]: removes a stack from its cluster; nobody is asked with --yes.
await runCommand(async () => {
  const options = { stack: { type: 'string', default: 'embedded' }, yes: { type: 'boolean', default: false } } as const;
  const { stack, yes } = parseArgs({ options }).values;
  if (stack !== 'embedded') {
    const { clusterDown } = await import('./cluster-down.ts');
    return clusterDown(stack, { yes });
  }
  if (yes) throw new Failure('The stack embedded is stopped without a question: --yes is for others.');
  const running = readRunning();
  if (!running) {
    removeRunRecord();
    const left = await stopRedis();
    console.log(left ? 'The service had ended; stopped the redis-server that it left.' : 'Nothing is running.');
    return;
  }
  const begin = Date.now();
  process.kill(running.pid, 'SIGTERM');
  const deadline = begin + running.drainSeconds * 1000 + graceMs;
  while (!hasEnded(running.pid) && Date.now() < deadline) await sleep(20);
  if (!hasEnded(running.pid)) {
    process.kill(running.pid, 'SIGKILL');
    while (!hasEnded(running.pid)) await sleep(20);
    console.error('The service did not stop in time and was killed; npm run logs shows what it was doing.');
  }
  await stopRedis();
  removeRunRecord();
  console.log(`Stopped in ${((Date.now() - begin) / 1000).toFixed(1)} s.`);
});
