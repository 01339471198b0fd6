import type { IScaledObjectSpec } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObjectSpec';
import type { types } from '@pulumi/kubernetes';
import type { Unwrap } from '@pulumi/pulumi';
import type { Scaling, Workload } from '../workload.ts';

/** What a HorizontalPodAutoscaler says. */
export type AutoscalerSpec = Unwrap<types.input.autoscaling.v2.HorizontalPodAutoscalerSpec>;

/** The one autoscaler of a workload. Its own name is the workload's, too. */
export type Autoscaler =
  | { readonly kind: 'HorizontalPodAutoscaler'; readonly spec: AutoscalerSpec }
  | {
      readonly kind: 'ScaledObject';
      readonly annotations: Readonly<Record<string, string>>;
      readonly spec: IScaledObjectSpec;
    };

/**
 * What scales a workload: a HorizontalPodAutoscaler on CPU and memory or, where the cluster has KEDA and the workload a load,
 * a ScaledObject on all three. KEDA then owns a HorizontalPodAutoscaler of the same name, and takes over one that is there:
 * https://keda.sh/docs/latest/reference/scaledobject-spec/
 *
 * @throws when the workload is not a service: what has volumes of its own or a schedule is not scaled by load.
 */
export function autoscaler(workload: Workload, cluster: { readonly keda: boolean }): Autoscaler | undefined {
  const scaling = workload.traits?.scaling;
  if (scaling === undefined) return undefined;
  if (workload.runs.as !== 'service') {
    throw new Error(`${workload.name} runs as ${workload.runs.as}; only a service scales by load`);
  }
  if (!cluster.keda || scaling.load === undefined) {
    return { kind: 'HorizontalPodAutoscaler', spec: autoscalerSpec(workload.name, scaling) };
  }
  return {
    kind: 'ScaledObject',
    annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' },
    spec: scaledObjectSpec(workload.name, scaling, scaling.load),
  };
}

function autoscalerSpec(name: string, scaling: Scaling): AutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: scaling.min,
    maxReplicas: scaling.max,
    metrics: [utilization('cpu', scaling.cpuPercent), utilization('memory', scaling.memoryPercent)],
    behavior: behavior(scaling),
  };
}

/**
 * A query without a result is a fault, not an idle service: the gauge is there from the start of each copy. Then, as when
 * Prometheus is away, the load asks for the copies that run, and CPU and memory may still ask for more.
 */
function scaledObjectSpec(name: string, scaling: Scaling, load: NonNullable<Scaling['load']>): IScaledObjectSpec {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicaCount: scaling.min,
    maxReplicaCount: scaling.max,
    pollingInterval: 15,
    advanced: { horizontalPodAutoscalerConfig: { name, behavior: behavior(scaling) } },
    fallback: { failureThreshold: 3, replicas: scaling.min, behavior: 'currentReplicas' },
    triggers: [
      { type: 'cpu', metricType: 'Utilization', metadata: { value: String(scaling.cpuPercent) } },
      { type: 'memory', metricType: 'Utilization', metadata: { value: String(scaling.memoryPercent) } },
      {
        type: 'prometheus',
        name: 'load',
        metricType: 'AverageValue',
        // https://keda.sh/docs/latest/scalers/prometheus/
        metadata: {
          serverAddress: load.prometheusUrl,
          query: load.query,
          threshold: String(load.perReplica),
          ignoreNullValues: 'false',
        },
      },
    ],
  };
}

const utilization = (name: 'cpu' | 'memory', averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});

const behavior = ({ scaleDownSeconds = 300 }: Scaling) => ({
  scaleDown: { stabilizationWindowSeconds: scaleDownSeconds },
});
