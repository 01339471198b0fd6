import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { until } from '../processes.ts';
import { cutEdge } from './network-edges.ts';
import { sampleOf } from './observer.ts';
import { proofNamespace } from './configuration.ts';
import { ProofStack } from './proof-stack.ts';
import { play, type Scenario } from './scenario.ts';
import { counted, newQuestions } from './traffic.ts';

/** New questions a second, so that each needs every dependency. */
const rate = 5;

/** Longest time from the end of a partition until all is as before, in seconds. */
const recovery = 60;

/** Shortest time that a partition lasts once its breaker is open, in milliseconds. */
const holdMs = 10_000;

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

/** Parts that the API calls, each with the breaker of the way there. */
test.each([
  ['redis', 'cache'],
  ['tei', 'embeddings'],
  ['litellm', 'fast'],
])('questions are answered while the API is cut off from %s', async (part, breaker) => {
  await partition(part, breaker, () => sleep(holdMs));
});

test('questions are answered while the API is cut off from qdrant, and Prometheus tells of it', async () => {
  await partition('qdrant', 'vector_db', async (scenario, begin) => {
    for (const alert of ['DependencyDown', 'CircuitBreakerOpen']) {
      await until(`${alert} fires`, async () => (await sampleOf(stack)).alerts.includes(alert), 300_000);
      scenario.measureSeconds(`${alert} fires`, begin, 180);
    }
    await until('Alertmanager has it', async () => (await notified()).includes('DependencyDown'), 60_000);
    scenario.measureSeconds('Alertmanager has it', begin, 200);
  });
});

/** @param hold What is awaited before the partition ends; told when it began. */
async function partition(
  part: string,
  breaker: string,
  hold: (scenario: Scenario, begin: number) => Promise<void>,
): Promise<void> {
  await play(stack, `8-partition-${part}`, `The API is cut off from ${part}`, async (scenario) => {
    const traffic = scenario.traffic(rate, newQuestions(`the partition from ${part}`));
    await sleep(5_000);
    const begin = scenario.note(`cut off from ${part}`);
    const heal = await cutEdge(stack, part);
    try {
      await until(`the breaker ${breaker} opens`, async () => (await breakers())[breaker] === 1, 120_000);
      scenario.measureSeconds(`The breaker ${breaker} opens`, begin, recovery);
      await hold(scenario, begin);
    } finally {
      await heal();
    }
    const healed = scenario.note('connected again');
    await until(
      'every breaker is closed',
      async () => Object.values(await breakers()).every((state) => state === 0),
      120_000,
    );
    await until('it is all well', () => stack.isAllWell(), 120_000);
    scenario.measureSeconds('All breakers closed and all well', healed, recovery);
    const after = Date.now();
    await sleep(5_000);
    const sent = await traffic.stop();
    const lost = sent.filter(({ outcome }) => outcome !== 'answered' && outcome !== 'degraded');
    scenario.measure(`Without an answer, of ${sent.length}`, '0', counted(lost), lost.length === 0);
    const lesser = sent.filter(({ at, outcome }) => at > after && outcome !== 'answered');
    scenario.measure('Lesser answers after it', '0', counted(lesser), lesser.length === 0);
  });
}

const breakers = async () => (await sampleOf(stack)).breakers;

/** Names of the alerts that Alertmanager has. */
async function notified(): Promise<string[]> {
  const service = `/api/v1/namespaces/${proofNamespace}/services/http:alertmanager:9093/proxy`;
  const { body } = await stack.cluster.request('GET', `${service}/api/v2/alerts`);
  return Array.isArray(body) ? (body as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname) : [];
}
