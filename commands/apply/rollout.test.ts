import { describe, expect, test } from 'vitest';
import { Kubectl } from '../kubectl.ts';
import { rollouts } from './rollout.ts';

/** A kubectl that knows these objects. */
class Known extends Kubectl {
  readonly #objects: Readonly<Record<string, readonly object[]>>;

  constructor(objects: Readonly<Record<string, readonly object[]>>) {
    super('none', []);
    this.#objects = objects;
  }

  override json<T>([, kinds = '']: readonly string[]): Promise<T> {
    return Promise.resolve({ items: this.#objects[kinds] ?? [] } as T);
  }
}

const deployment = (status: object, { replicas = 2, generation = 3 } = {}) => ({
  kind: 'Deployment',
  metadata: { name: 'api', generation },
  spec: { replicas },
  status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2, ...status },
});

const pod = (status: object) => ({ metadata: { labels: { 'app.kubernetes.io/name': 'api' } }, status });

const manifest = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } });

async function only(workload: object, ...pods: object[]) {
  const known = new Known({ 'deployments,statefulsets': [workload], pods });
  const [rollout] = await rollouts(known, 'ballast-dev', [manifest('api')]);
  return rollout;
}

describe('rollouts', () => {
  test('one is done when all copies are new and ready, and none of before is left', async () => {
    expect(await only(deployment({}))).toMatchObject({ workload: 'api', ready: 2, wanted: 2, isDone: true });
  });

  test.each([
    ['the controller has not seen the last change', { observedGeneration: 2 }],
    ['a copy is not ready', { readyReplicas: 1 }],
    ['none is ready', { readyReplicas: undefined }],
    ['a copy is of before', { updatedReplicas: 1 }],
    ['one of before is still there', { replicas: 3 }],
  ])('one is not done when %s', async (_, status) => {
    expect(await only(deployment(status))).toMatchObject({ isDone: false });
  });

  test.each([
    [
      'no node has room',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: Insufficient cpu.' }],
      },
      '0/1 nodes: Insufficient cpu.',
    ],
    [
      'an image is not to be had',
      {
        phase: 'Pending',
        containerStatuses: [{ name: 'api', ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } }],
      },
      'api: ImagePullBackOff',
    ],
    [
      'a container that prepares waits',
      {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'init', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        containerStatuses: [{ name: 'api', ready: false, state: { waiting: { reason: 'PodInitializing' } } }],
      },
      'init: CrashLoopBackOff',
    ],
    [
      'a probe has not passed',
      { phase: 'Running', containerStatuses: [{ name: 'api', ready: false, state: { running: {} } }] },
      'api is not ready',
    ],
    ['nothing is known', { phase: 'Pending' }, 'Pending'],
  ])('it says what a pod waits for when %s', async (_, status, words) => {
    expect(await only(deployment({ readyReplicas: 1 }), pod(status))).toMatchObject({ waitsFor: words });
  });

  test('a ready pod waits for nothing, and neither does that of another workload', async () => {
    const ready = pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    const other = { ...pod({ phase: 'Pending' }), metadata: { labels: { 'app.kubernetes.io/name': 'redis' } } };
    expect(await only(deployment({}), ready, other)).toMatchObject({ waitsFor: '' });
  });

  test('what the stack has no more is not among them', async () => {
    const known = new Known({ 'deployments,statefulsets': [deployment({})] });
    expect(await rollouts(known, 'ballast-dev', [manifest('redis')])).toEqual([]);
  });
});
