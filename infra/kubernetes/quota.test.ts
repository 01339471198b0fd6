import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { Runs, Workload } from '../workload.ts';
import { parseQuantity } from '../quantity.ts';
import { containerDefaults, quotaHard } from './quota.ts';

/** What these workloads add to an empty stack. */
function added(...workloads: Workload[]): Record<string, number> {
  const empty = quotaHard([]);
  const hard = quotaHard(workloads);
  return Object.fromEntries(
    Object.entries(hard).map(([key, value]) => [key, parseQuantity(value) - parseQuantity(empty[key] ?? '0')]),
  );
}
const mebi = (number: number) => number * 2 ** 20;
const running = (runs: Runs, changes: Partial<Workload> = {}) => workload('some', { runs, ...changes });
const nightly: Runs = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 };

describe('the quota', () => {
  it('has room for an operator and for controllers beside an empty stack', () => {
    expect(quotaHard([])).toEqual({
      pods: '4',
      'requests.cpu': '1000m',
      'limits.cpu': '2000m',
      'requests.memory': '1024Mi',
      'limits.memory': '2048Mi',
    });
  });

  it('has room for all old copies that drain while all new ones run', () => {
    expect(added(running({ as: 'service', replicas: 3 }))).toMatchObject({
      pods: 6,
      'requests.memory': mebi(6 * 128),
      'limits.memory': mebi(6 * 256),
    });
    const hard = quotaHard([running({ as: 'service', replicas: 3 })]);
    expect([hard['requests.cpu'], hard['limits.cpu']]).toEqual(['1600m', '5000m']);
  });

  it("counts the autoscaler's most copies, not the first ones", () => {
    const traits = { scaling: { min: 3, max: 10, cpuPercent: 70, memoryPercent: 85 } };
    expect(added(running({ as: 'service', replicas: 1 }, { traits }))['pods']).toBe(20);
  });

  it('counts copies once where an old one is gone before its successor comes', () => {
    expect(added(running({ as: 'service', replicas: 2, update: 'recreate' }))['pods']).toBe(2);
    expect(added(running({ as: 'stateful', replicas: 3 }))['pods']).toBe(3);
    const volumes = [{ kind: 'persistent', name: 'data', size: '1Gi' }] as const;
    expect(added(running({ as: 'service', replicas: 1 }, { volumes }))['pods']).toBe(1);
  });

  it('counts each job once, those that only an operator starts among them', () => {
    expect(added(running(nightly), running({ ...nightly, suspended: true }))['pods']).toBe(2);
  });

  it('adds up containers that run together, and takes the largest of those before them', () => {
    const large = container({
      resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '1Gi', limit: '1Gi' } },
    });
    const both = { containers: [container(), container()] as const };
    const once: Runs = { as: 'stateful', replicas: 1 };
    expect(added(running(once, both))['requests.memory']).toBe(mebi(256));
    expect(added(running(once, { ...both, preparation: [container(), large] }))['requests.memory']).toBe(mebi(1024));
    expect(added(running(once, { ...both, preparation: [container()] }))['requests.memory']).toBe(mebi(256));
  });

  it('has no limit on volumes, since those that stay after their copies would use it up', () => {
    const volume = { kind: 'persistent', name: 'data', size: '10Gi' } as const;
    const keys = Object.keys(quotaHard([running({ as: 'stateful', replicas: 3 }, { volumes: [volume] })]));
    expect(keys.filter((key) => /storage|claims/.test(key))).toEqual([]);
  });

  it('only grows with another workload, and holds limits of at least the requests', () => {
    const runs = fc.oneof(
      fc.record({ as: fc.constant('service' as const), replicas: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ as: fc.constant('stateful' as const), replicas: fc.integer({ min: 1, max: 5 }) }),
      fc.constant(nightly),
    );
    const stack = fc.array(
      runs.map((each) => running(each)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(stack, runs, (workloads, another) => {
        const before = quotaHard(workloads);
        const after = quotaHard([...workloads, running(another)]);
        for (const [key, value] of Object.entries(after)) {
          expect(parseQuantity(value)).toBeGreaterThanOrEqual(parseQuantity(before[key] ?? '0'));
        }
        for (const kind of ['cpu', 'memory']) {
          const [request, limit] = [after[`requests.${kind}`], after[`limits.${kind}`]];
          expect(parseQuantity(limit ?? '0')).toBeGreaterThanOrEqual(parseQuantity(request ?? '0'));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the defaults of containers', () => {
  it('request no more than they limit', () => {
    for (const kind of ['cpu', 'memory'] as const) {
      expect(parseQuantity(containerDefaults.defaultRequest[kind])).toBeLessThanOrEqual(
        parseQuantity(containerDefaults.default[kind]),
      );
    }
  });

  it('set no bound that a container of 10m and 16Mi, or one of many cores, would break', () => {
    expect(Object.keys(containerDefaults)).toEqual(['default', 'defaultRequest']);
  });
});
