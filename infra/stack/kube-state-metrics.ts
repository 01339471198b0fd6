import { z } from 'zod';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import { resources, setting } from '../settings.ts';
import type { KubernetesAccess } from '../workload.ts';

/** Configuration `ballast:kubeStateMetrics`. */
export const kubeStateMetricsSettings = z.strictObject({
  use: setting(
    z.enum(['bundled', 'external', 'off']).default('bundled'),
    'bundled runs kube-state-metrics in the stack, external relies on the one that an existing Prometheus scrapes already, ' +
      'off goes without, and so without alerts on backups.',
    'external',
  ),
  resources: resources('10m', '200m', '48Mi', '128Mi'),
});

/** Configuration `ballast:kubeStateMetrics`, with its defaults. */
export type KubeStateMetricsSettings = z.output<typeof kubeStateMetricsSettings>;

/** What kube-state-metrics is made from. */
export interface KubeStateMetricsArgs extends KubeStateMetricsSettings {
  readonly images: ImageOverrides;
  /** The one namespace that it tells of. */
  readonly namespace: string;
}

/** What it tells of, all of it in the stack's namespace, so that it needs no right outside. */
const watched: readonly { readonly apiGroup: string; readonly resources: readonly string[] }[] = [
  { apiGroup: '', resources: ['persistentvolumeclaims', 'pods', 'resourcequotas'] },
  { apiGroup: 'apps', resources: ['deployments', 'statefulsets'] },
  { apiGroup: 'autoscaling', resources: ['horizontalpodautoscalers'] },
  { apiGroup: 'batch', resources: ['cronjobs', 'jobs'] },
  { apiGroup: 'policy', resources: ['poddisruptionbudgets'] },
];

const access: KubernetesAccess = {
  scope: 'namespace',
  rules: watched.map(({ apiGroup, resources }) => ({ apiGroups: [apiGroup], resources, verbs: ['list', 'watch'] })),
};

/** kube-state-metrics: the state of the stack's objects as series. */
export function describeKubeStateMetrics(args: KubeStateMetricsArgs): PartDescription {
  return {
    workloads: [
      {
        name: 'kube-state-metrics',
        component: 'metrics',
        // A second copy would give each series twice.
        runs: { as: 'service', replicas: 1 },
        // https://github.com/kubernetes/kube-state-metrics/blob/main/examples/standard/deployment.yaml
        user: { uid: 65534, gid: 65534 },
        containers: [
          {
            name: 'kube-state-metrics',
            image: imageReference('kubeStateMetrics', args.images),
            // The image's entry point is the program with its two ports; what follows is added.
            args: [
              `--namespaces=${args.namespace}`,
              `--resources=${watched.flatMap((each) => each.resources).join(',')}`,
            ],
            ports: [
              { name: 'http', number: 8080, metrics: { honorLabels: true } },
              { name: 'telemetry', number: 8081 },
            ],
            // https://github.com/kubernetes/kube-state-metrics#a-note-on-probes: healthz tells of the program alone and
            // readyz of the API server too, for whose outage a restart is no remedy.
            probes: {
              liveness: {
                http: { path: '/healthz', port: 'http' },
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 3,
              },
              readiness: {
                http: { path: '/readyz', port: 'telemetry' },
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 3,
              },
            },
            resources: args.resources,
          },
        ],
        connections: [{ to: 'kubernetes-api' }],
        stopping: { graceSeconds: 10 },
        traits: { kubernetesAccess: access },
        policyExceptions: { 'service-account-token': 'It reads the objects of its namespace from the API server.' },
      },
    ],
  };
}

/** The part kube-state-metrics. */
export class KubeStateMetrics extends Part {
  constructor(args: KubeStateMetricsArgs, platform: Platform, options?: PartOptions) {
    super('KubeStateMetrics', 'kube-state-metrics', describeKubeStateMetrics(args), platform, options);
  }
}
