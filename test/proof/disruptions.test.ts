import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeName } from '../../tools/cluster/layout.ts';
import { until } from '../processes.ts';
import { killContainer } from './kill-container.ts';
import { isReady, type Pod } from './pod.ts';
import { ProofStack } from './proof-stack.ts';
import { play, type Scenario } from './scenario.ts';
import { counted, usualQuestions, type Sent } from './traffic.ts';

/** Questions a second while something is disturbed. */
const rate = 20;

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

/** How often the container of a copy has been started anew. */
const restartsOf = ({ status }: Pod) => status.containerStatuses?.[0]?.restartCount ?? 0;

async function copyOf(uid: string): Promise<Pod | undefined> {
  return (await stack.pods('api')).find(({ metadata }) => metadata.uid === uid);
}

/** Waits until a copy serves again in a new container. */
async function untilRestarted(before: Pod): Promise<Pod> {
  const { uid } = before.metadata;
  let now: Pod | undefined;
  await until(
    'the copy is ready in a new container',
    async () => {
      now = await copyOf(uid);
      return now !== undefined && restartsOf(now) > restartsOf(before) && isReady(now);
    },
    180_000,
  );
  return now as Pod;
}

async function anyCopy(): Promise<Pod> {
  const copy = (await stack.pods('api')).find(isReady);
  if (copy === undefined) throw new Error('no copy of the API is ready');
  return copy;
}

/** Two others serve: of the requests of a disturbance, few meet the copy that is away before the gateway knows. */
function measureLost(scenario: Scenario, sent: readonly Sent[]): void {
  const lost = sent.filter(({ outcome }) => outcome !== 'answered');
  const share = lost.length / sent.length;
  scenario.measure(`Not answered, of ${sent.length}`, 'at most 5 %', counted(lost), share <= 0.05);
}

test('a copy whose process is killed serves again', async () => {
  await play(stack, '3-killed', 'A process of the API is killed', async (scenario) => {
    const traffic = scenario.traffic(rate, usualQuestions('the kill'));
    const copy = await anyCopy();
    const begin = scenario.note('SIGKILL');
    killContainer(copy, 'SIGKILL');
    await untilRestarted(copy);
    scenario.measureSeconds('Ready again', begin, 120);
    // The share is of half a minute at least: the sooner the copy were back, the larger it would be.
    await sleep(Math.max(0, begin + 30_000 - Date.now()));
    measureLost(scenario, await traffic.stop());
  });
});

test('a copy that hangs is taken from the route, and started anew', async () => {
  await play(stack, '4-hung', 'A process of the API hangs', async (scenario) => {
    const traffic = scenario.traffic(rate, usualQuestions('the hang'));
    const copy = await anyCopy();
    const begin = scenario.note('SIGSTOP');
    killContainer(copy, 'SIGSTOP');
    await until('it is not ready', async () => !isReady((await copyOf(copy.metadata.uid)) ?? copy), 60_000);
    scenario.measureSeconds('The readiness probe takes it from the route', begin, 30);
    await untilRestarted(copy);
    scenario.measureSeconds('The liveness probe has it started anew, and it serves', begin, 90);
    await traffic.stop();
  });
});

test('a copy that runs out of memory serves again', async () => {
  await play(stack, '5-out-of-memory', 'A container of the API runs out of memory', async (scenario) => {
    const traffic = scenario.traffic(rate, usualQuestions('the leak'));
    const copy = await anyCopy();
    const begin = scenario.note('it leaks');
    // The kernel kills the largest process of the container: so the leak is one of many small ones.
    const end = await stack.inNamespace('exec', copy.metadata.name, '--', 'node', '--eval', leak).catch(String);
    scenario.note(`the leak has ended: ${end.slice(end.indexOf(leak) + leak.length)}`);
    const now = await untilRestarted(copy);
    const reason = now.status.containerStatuses?.[0]?.lastState.terminated?.reason;
    scenario.measure('Why it was started anew', 'OOMKilled', String(reason), reason === 'OOMKilled');
    scenario.measureSeconds('Ready again', begin, 120);
    const asked = Date.now();
    await until('it is all well', () => stack.isAllWell(), 60_000);
    scenario.measureSeconds('All well again', asked, 60);
    measureLost(scenario, await traffic.stop());
  });
});

/** Starts processes that hold 8 MiB each, so that the service is the largest when there is no more memory. */
const leak = `
  const { spawn } = require('node:child_process');
  const held = ['--eval', 'globalThis.held = Buffer.alloc(8 << 20, 1); setInterval(() => {}, 1000)'];
  setInterval(() => spawn(process.execPath, held, { stdio: 'ignore' }), 200);
`;

test('a drain of the node leaves two copies', async () => {
  await play(stack, '6-drain', 'The node is drained', async (scenario) => {
    const traffic = scenario.traffic(rate, usualQuestions('the drain'));
    scenario.note('drain');
    const drain = ['drain', nodeName, '--pod-selector=app.kubernetes.io/name=api', '--timeout=30s'];
    const refusal = await stack.kubectl.run(drain).then(() => '', String);
    const left = (await stack.pods('api')).filter(isReady).length;
    await stack.kubectl.run(['uncordon', nodeName]);
    scenario.note('the node takes pods again');
    const isRefused = refusal.includes("would violate the pod's disruption budget");
    scenario.measure('The last evictions', 'refused', isRefused ? 'refused' : refusal || 'none', isRefused);
    scenario.measure('Copies left', '2', String(left), left === 2);
    await until(
      'there are three copies again',
      async () => (await stack.pods('api')).filter(isReady).length >= 3,
      120_000,
    );
    scenario.measureAllAnswered(await traffic.stop());
    expect(refusal).not.toBe('');
  });
});
