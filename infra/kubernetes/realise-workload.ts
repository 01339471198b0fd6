import type * as pulumi from '@pulumi/pulumi';
import type { Workload } from '../workload.ts';
import { access } from './access.ts';
import { autoscaler } from './autoscaling.ts';
import { configMaps } from './configuration.ts';
import { cronJobSpec } from './cron-job.ts';
import { dataOptions, keepsData } from './data-protection.ts';
import { deploymentSpec } from './deployment.ts';
import { disruptionBudgetSpec } from './disruption.ts';
import { selectorLabels, workloadLabels, type Labels } from './labels.ts';
import { skipAwait, type PartObjects } from './part-objects.ts';
import type { PodContext } from './pod.ts';
import { policyExceptions } from './policy-exceptions.ts';
import { rolloutTimeout } from './rollout-time.ts';
import { peersName, peersServiceSpec, serviceSpec } from './service.ts';
import { serviceMonitorSpec } from './service-monitor.ts';
import { statefulSetSpec } from './stateful-set.ts';
import { claimName, claimSpec, persistentVolumes } from './volumes.ts';

/** What the objects of a workload depend on beside the workload itself. */
export interface WorkloadContext extends PodContext {
  readonly objects: PartObjects;
  /** The stack's namespace, by name. */
  readonly namespace: string;
  readonly cluster: { readonly keda: boolean };
  /** Names of the Secrets with which images are fetched. */
  readonly pullSecrets: readonly string[];
  /** Labels by which the Prometheus operator picks monitors up; absent where it does not read the stack. */
  readonly monitorLabels: Labels | undefined;
  /** What has to be there, and ready, before the pods start. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Makes everything of one workload but its network policy and its secrets, which come before it.
 *
 * @returns what is ready when the workload is.
 */
export function realiseWorkload(workload: Workload, context: WorkloadContext): pulumi.Resource {
  const { objects, namespace, stack, pullSecrets } = context;
  const labels = workloadLabels(workload, stack);
  const needs = [
    ...context.after,
    ...access(workload, { objects, namespace, labels, pullSecrets }),
    ...configMaps(workload).map(({ name, data }) => objects.make('configMap', { name, labels }, { data: { ...data } })),
    ...claims(workload, objects, labels),
  ];
  services(workload, objects, labels);
  const controller = makeController(workload, context, labels, needs);
  const budget = disruptionBudgetSpec(workload);
  if (budget) objects.make('podDisruptionBudget', { name: workload.name, labels }, { spec: budget });
  scale(workload, context, labels, controller);
  monitor(workload, context, labels);
  return controller;
}

/** Volumes that all pods of a workload share; a stateful one makes its own. Pulumi does not wait: some bind only to a pod. */
function claims(workload: Workload, objects: PartObjects, labels: Labels): pulumi.Resource[] {
  if (workload.runs.as === 'stateful') return [];
  return persistentVolumes(workload).map((volume) =>
    objects.make(
      'persistentVolumeClaim',
      { name: claimName(workload, volume.name), labels, annotations: skipAwait },
      { spec: claimSpec(volume) },
      dataOptions(keepsData(workload)),
    ),
  );
}

/** Pulumi waits for the pods by their controller already; to wait for each Service, too, would only take longer. */
function services(workload: Workload, objects: PartObjects, labels: Labels): void {
  const own = serviceSpec(workload);
  if (own) objects.make('service', { name: workload.name, labels, annotations: skipAwait }, { spec: own });
  const peers = peersServiceSpec(workload);
  const name = peersName(workload);
  // Under a name of its own, so that what selects the Service by its labels does not find both.
  const peersLabels = { ...labels, ...selectorLabels(name) };
  if (peers) objects.make('service', { name, labels: peersLabels, annotations: skipAwait }, { spec: peers });
}

function makeController(
  workload: Workload,
  context: WorkloadContext,
  labels: Labels,
  needs: readonly pulumi.Resource[],
): pulumi.Resource {
  const { runs, name } = workload;
  const { objects } = context;
  const options = { dependsOn: [...needs], customTimeouts: rolloutTimeout(workload) };
  const identity = { name, labels, annotations: policyExceptions(workload) };
  switch (runs.as) {
    case 'service': {
      const spec = deploymentSpec(workload, runs, context);
      // A number of copies from before there was an autoscaler stays until that changes it. Taken away, it would be 1 until then.
      const ignoreChanges = workload.traits?.scaling ? ['spec.replicas'] : [];
      return objects.make('deployment', identity, { spec }, { ...options, ignoreChanges });
    }
    case 'stateful': {
      const spec = statefulSetSpec(workload, runs, context);
      // Not left in the cluster: its volumes stay by themselves, and it would run on without Services, secrets and policies.
      return objects.make('statefulSet', identity, { spec }, { ...options, protect: keepsData(workload) });
    }
    case 'schedule':
      return objects.make('cronJob', identity, { spec: cronJobSpec(workload, runs, context) }, options);
  }
}

function scale(workload: Workload, context: WorkloadContext, labels: Labels, target: pulumi.Resource): void {
  const scaler = autoscaler(workload, context.cluster);
  if (scaler === undefined) return;
  const { name } = workload;
  const options = { dependsOn: [target] };
  if (scaler.kind === 'HorizontalPodAutoscaler') {
    context.objects.make('horizontalPodAutoscaler', { name, labels }, { spec: scaler.spec }, options);
    return;
  }
  const { annotations, spec } = scaler;
  const body = { apiVersion: 'keda.sh/v1alpha1', kind: scaler.kind, spec };
  context.objects.make('customResource', { name, labels, annotations }, body, options);
}

function monitor(workload: Workload, { objects, monitorLabels }: WorkloadContext, labels: Labels): void {
  if (monitorLabels === undefined) return;
  const spec = serviceMonitorSpec(workload, selectorLabels(workload.name));
  if (spec === undefined) return;
  const body = { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', spec };
  objects.make('customResource', { name: workload.name, labels: { ...labels, ...monitorLabels } }, body);
}
