import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import type { Scaling } from '../workload.ts';
import { autoscaler } from './autoscaling.ts';

const scaling: Scaling = { min: 3, max: 10, cpuPercent: 70, memoryPercent: 85 };
const load = { query: 'sum(rag_active_queries)', perReplica: 20, prometheusUrl: 'http://prometheus:9090' };
const scaled = (changes: Partial<Scaling> = {}) => workload('api', { traits: { scaling: { ...scaling, ...changes } } });

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' };
const behavior = { scaleDown: { stabilizationWindowSeconds: 300 } };

describe('the autoscaler', () => {
  it('is one on CPU and memory without KEDA, even where there is a load to ask for', () => {
    expect(autoscaler(scaled({ load }), { keda: false })).toEqual({
      kind: 'HorizontalPodAutoscaler',
      spec: {
        scaleTargetRef: target,
        minReplicas: 3,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
          { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 85 } } },
        ],
        behavior,
      },
    });
  });

  it('is one on CPU and memory where nothing says what the load is', () => {
    expect(autoscaler(scaled(), { keda: true })?.kind).toBe('HorizontalPodAutoscaler');
  });

  it('asks for CPU, memory and load with KEDA, and takes over the autoscaler of the same name', () => {
    const made = autoscaler(scaled({ load }), { keda: true });
    expect(made).toMatchObject({
      kind: 'ScaledObject',
      annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' },
      spec: {
        scaleTargetRef: target,
        minReplicaCount: 3,
        maxReplicaCount: 10,
        advanced: { horizontalPodAutoscalerConfig: { name: 'api', behavior } },
        triggers: [
          { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
          { type: 'memory', metricType: 'Utilization', metadata: { value: '85' } },
          {
            type: 'prometheus',
            metricType: 'AverageValue',
            metadata: {
              serverAddress: 'http://prometheus:9090',
              query: 'sum(rag_active_queries)',
              threshold: '20',
            },
          },
        ],
      },
    });
  });

  it('keeps the copies that run while Prometheus has no answer, and takes no answer for no load', () => {
    const made = autoscaler(scaled({ load }), { keda: true });
    if (made?.kind !== 'ScaledObject') throw new Error('expected a ScaledObject');
    expect(made.spec.fallback).toEqual({ failureThreshold: 3, replicas: 3, behavior: 'currentReplicas' });
    expect(made.spec.triggers[2]?.metadata).toMatchObject({ ignoreNullValues: 'false' });
  });

  it("passes KEDA's own schema", () => {
    const made = autoscaler(scaled({ load }), { keda: true });
    if (made?.kind !== 'ScaledObject') throw new Error('expected a ScaledObject');
    expect(() => new ScaledObject({ metadata: { name: 'api' }, spec: made.spec }).validate()).not.toThrow();
  });

  it('waits as long as told before it takes a copy away, in both forms', () => {
    const window = { scaleDown: { stabilizationWindowSeconds: 15 } };
    expect(autoscaler(scaled({ scaleDownSeconds: 15 }), { keda: false })).toMatchObject({ spec: { behavior: window } });
    expect(autoscaler(scaled({ scaleDownSeconds: 15, load }), { keda: true })).toMatchObject({
      spec: { advanced: { horizontalPodAutoscalerConfig: { behavior: window } } },
    });
  });

  it('is not there for a fixed number of copies', () => {
    expect(autoscaler(workload('api'), { keda: true })).toBeUndefined();
  });

  it('is refused for what keeps data of its own', () => {
    const stateful = { ...scaled(), runs: { as: 'stateful', replicas: 3 } as const };
    expect(() => autoscaler(stateful, { keda: false })).toThrow('api runs as stateful; only a service scales by load');
  });
});
