import { afterAll, beforeAll, test } from 'vitest';
import { until } from '../processes.ts';
import { isReady } from './pod.ts';
import { ProofStack } from './proof-stack.ts';
import { play } from './scenario.ts';
import { usualQuestions } from './traffic.ts';

/** Questions a second that ask for more than the fewest copies, whose processors' time is small here. */
const rate = 120;

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

const serving = async () => (await stack.pods('api')).filter(isReady).length;

test('copies come under load, and go after it', async () => {
  await play(stack, '7-scaling', 'The API scales by its load', async (scenario) => {
    await until('there are the fewest copies', async () => (await serving()) === 3, 180_000);
    const begin = scenario.note(`${rate} questions a second`);
    const traffic = scenario.traffic(rate, usualQuestions('the load'));
    await until('there are more copies', async () => (await serving()) > 3, 240_000);
    scenario.measureSeconds('One more copy serves', begin, 180);
    scenario.measureAllAnswered(await traffic.stop());
    const end = scenario.note('no load');
    await until('there are the fewest copies again', async () => (await serving()) === 3, 300_000);
    scenario.measureSeconds('The fewest copies again', end, 240);
  });
});
