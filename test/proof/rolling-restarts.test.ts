import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { capacityOf } from './capacity.ts';
import { ProofStack } from './proof-stack.ts';
import { play } from './scenario.ts';
import { newQuestions, usualQuestions } from './traffic.ts';

const restarts = 10;
const fewestRequests = 20_000;

/** More than one generator beside the stack on two processors sends without being late itself. */
const highestRate = 250;

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

test('ten rolling restarts of the API lose no request', async () => {
  await play(stack, '2-rolling-restarts', 'Ten rolling restarts of the API under load', async (scenario) => {
    const capacity = await capacityOf(stack, highestRate);
    const rate = Math.round(0.7 * capacity);
    scenario.note(
      `${rate} questions a second, 70 % of ${Math.round(capacity)}, and one a second that takes 20 to 40 s`,
    );
    const usual = scenario.traffic(rate, usualQuestions('the restarts'));
    const slow = scenario.traffic(1, newQuestions('the slow restarts', 'creative'));
    const begin = Date.now();
    for (let number = 1; number <= restarts; number += 1) {
      scenario.note(`restart ${number}`);
      await stack.inNamespace('rollout', 'restart', 'deployment/api');
      await stack.inNamespace('rollout', 'status', 'deployment/api', '--timeout=300s');
    }
    const last = scenario.note('the last restart is done');
    while ((Date.now() - begin) / 1000 < fewestRequests / rate) await sleep(500);
    const fast = await usual.stop();
    const slowly = await slow.stop();
    scenario.measureSeconds('Ten restarts', begin, 1_200, last);
    scenario.measure('Requests', `at least ${fewestRequests}`, String(fast.length), fast.length >= fewestRequests);
    scenario.measureAllAnswered(fast, 'Failed, of them');
    scenario.measureAllAnswered(slowly, `Failed, of ${slowly.length} that took 20 to 40 s`);
  });
}, 1_800_000);
