import { afterAll, beforeAll, test } from 'vitest';
import { until } from '../processes.ts';
import type { Pod } from './pod.ts';
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

test.each(['api-keys', 'redis-auth'])('a rotation of %s rolls the pods that use it, and no others', async (secret) => {
  await play(stack, `9-rotation-${secret}`, `The secret ${secret} is rotated`, async (scenario) => {
    const before = await stack.pods();
    const users = new Set(before.filter((pod) => refersTo(pod, secret)).map(partOf));
    // The token of these questions is signed with the secret as it was.
    const traffic = scenario.traffic(rate, usualQuestions(`the rotation of ${secret}`));
    const begin = scenario.note('rotation');
    await stack.apply({ rotation: { [secret]: 2 } });
    scenario.measureSeconds('Applied, and every part ready', begin, 300);
    // A pod that ends may take its time for what it has begun.
    const staying = (await stack.pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const after = new Set(staying.map(({ metadata }) => metadata.uid));
    const gone = before.filter(({ metadata }) => metadata.deletionTimestamp === undefined && !after.has(metadata.uid));
    const rolled = new Set(gone.map(partOf));
    const target = [...users].sort().join(', ');
    const measured = [...rolled].sort().join(', ');
    scenario.measure('Parts of which a pod was replaced', target, measured, measured === target);
    const kept = before.filter((pod) => users.has(partOf(pod)) && after.has(pod.metadata.uid));
    scenario.measure('Pods with the value of before', '0', String(kept.length), kept.length === 0);
    await until('it is all well', () => stack.isAllWell(), 120_000);
    scenario.measureAllAnswered(await traffic.stop());
  });
});

const partOf = ({ metadata }: Pod) => metadata.labels['app.kubernetes.io/name'] ?? metadata.name;

/** Whether a pod has a value of a secret, in a variable or in a file. */
function refersTo({ spec }: Pod, secret: string): boolean {
  return new RegExp(`"(secretName|name)":"${secret}"`).test(JSON.stringify(spec));
}
