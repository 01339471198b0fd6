import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { Failure } from '../failure.ts';
import { Kubectl } from '../kubectl.ts';
import { awaitRollouts } from './await-rollouts.ts';

/** A kubectl that answers each question as it is told, the last for all that follow. */
class Told extends Kubectl {
  readonly #answers: (Error | readonly object[])[];

  constructor(...answers: (Error | readonly object[])[]) {
    super('none', []);
    this.#answers = answers;
  }

  override json<T>([, kinds]: readonly string[]): Promise<T> {
    if (kinds === 'pods') return Promise.resolve({ items: [] } as T);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ items: answer } as T);
  }
}

const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api' } };
const workload = (ready: number) => ({
  kind: 'Deployment',
  metadata: { name: 'api', generation: 1 },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready },
});
const away = new Failure('kubectl get: the API server is away');

/** Waits, with a clock that goes on by itself. */
const waited = (kubectl: Kubectl) => awaitRollouts(kubectl, 'some', [manifest]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a kubectl that fails once is asked again', async () => {
  await waited(new Told([workload(0)], away, [workload(1)]));
});

test.each([
  ['names the parts that are not ready', [workload(0)], 'Not ready after 20 minutes: api (no pod)'],
  ['says why nothing is known of them', away, away.message],
])('after 20 minutes it %s', async (_, last, message) => {
  const failed = failureOf(waited(new Told(last)));
  vi.setSystemTime(Date.now() + 21 * 60_000);
  expect(await failed).toBe(message);
});

test('a mistake of ours is none of the cluster', async () => {
  await expect(waited(new Told(new TypeError('ours')))).rejects.toThrow(TypeError);
});
