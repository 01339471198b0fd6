import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from './pod.ts';
import { ProofStack } from './proof-stack.ts';
import { play } from './scenario.ts';

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

test('a question is answered through the route, with the document that it is about', async () => {
  await play(stack, '1-route', 'A question through the route', async (scenario) => {
    await stack.request('POST', '/v1/documents', { id: 'ferry', text: 'The ferry to the island leaves at noon.' });
    const begin = scenario.note('question');
    const { status, body } = await stack.request('POST', '/query', { question: 'When does the ferry leave?' });
    scenario.measureSeconds('Answered', begin, 10);
    scenario.measure('Status', '200', String(status), status === 200);
    const { degradation, model, citations } = body as Answered;
    const how = `${degradation}, by the model ${model}`;
    scenario.measure('How', 'full, by the model fast', how, how === 'full, by the model fast');
    const cited = citations.map(({ id }) => id).join(', ');
    scenario.measure('Cited', 'ferry', cited, /^ferry(#|$)/.test(cited));
  });
});

interface Answered {
  readonly degradation: string;
  readonly model: string;
  readonly citations: readonly { readonly id: string }[];
}

test('a route that stays inside is not there', async () => {
  expect((await stack.request('GET', '/metrics')).status).toBe(404);
});

test('every container passes every probe that it has', async () => {
  await play(stack, '1b-probes', 'The probes of all parts', async (scenario) => {
    const pods = await stack.pods();
    const containers = pods.flatMap(({ spec }) => spec.containers);
    const without = (probe: 'livenessProbe' | 'readinessProbe') =>
      containers
        .filter((container) => container[probe] === undefined)
        .map(({ name }) => name)
        .join(', ') || 'none';
    const alive = without('livenessProbe');
    scenario.measure(`Without a liveness probe, of ${containers.length} containers`, 'none', alive, alive === 'none');
    // Redis serves without its exporter, and a pod is ready when all of its containers are.
    const ready = without('readinessProbe');
    scenario.measure('Without a readiness probe', 'exporter', ready, ready === 'exporter');
    const unready = pods.flatMap(notReady);
    scenario.measure(
      'Not ready, or started more than once',
      'none',
      unready.join(', ') || 'none',
      unready.length === 0,
    );
  });
});

const notReady = ({ metadata, status }: Pod) =>
  (status.containerStatuses ?? [])
    .filter(({ ready, restartCount }) => !ready || restartCount > 0)
    .map(({ name }) => `${metadata.name}/${name}`);
