import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { until } from '../processes.ts';
import { isReady, type Pod } from './pod.ts';
import { ProofStack } from './proof-stack.ts';
import { play } from './scenario.ts';
import { usualQuestions } from './traffic.ts';

/** Questions a second. */
const rate = 20;

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

/** Images of the copies that serve, each once. */
async function images(): Promise<string> {
  const serving = (await stack.pods('api')).filter(isReady);
  return [...new Set(serving.map(({ spec }) => spec.containers[0].image))].join(', ');
}

test('another image comes and goes without a lost request', async () => {
  await play(stack, '2b-release', 'Another image of the API, and back', async (scenario) => {
    const first = await images();
    const next = 'ghcr.io/ballast/ballast-api:next';
    const traffic = scenario.traffic(rate, usualQuestions('the release'));
    const begin = scenario.note(next);
    await stack.apply({ api: { image: { tag: 'next' } } });
    scenario.measure('Image of all copies', next, await images(), (await images()) === next);
    scenario.measureSeconds('Rolled out', begin, 300);
    const back = scenario.note('back');
    await stack.apply();
    scenario.measure('Image of all copies after it', first, await images(), (await images()) === first);
    scenario.measureSeconds('Rolled back', back, 300);
    scenario.measureAllAnswered(await traffic.stop());
  });
});

test('an image that does not start harms nobody, and is taken back', async () => {
  await play(stack, '2c-broken-release', 'An image that does not start', async (scenario) => {
    const traffic = scenario.traffic(rate, usualQuestions('the broken release'));
    scenario.note('an image without a program to start');
    const up = stack.startApply({ api: { image: { repository: 'docker.io/library/busybox', tag: '1.35.0' } } });
    await until('a copy of it fails', async () => (await stack.pods('api')).some(hasFailed), 180_000);
    await sleep(15_000);
    const serving = (await stack.pods('api')).filter(isReady).length;
    scenario.measure('Copies that serve meanwhile', 'at least 3', String(serving), serving >= 3);
    up.kill('SIGINT');
    const back = scenario.note('back');
    await stack.apply();
    scenario.measureSeconds('Rolled back', back, 120);
    scenario.measureAllAnswered(await traffic.stop());
  });
});

/** Whether its container cannot be started, or has ended and waits to be started anew. */
const hasFailed = ({ status }: Pod) =>
  /^(CrashLoopBackOff|(Create|Run)ContainerError)$/.test(status.containerStatuses?.[0]?.state.waiting?.reason ?? '');
