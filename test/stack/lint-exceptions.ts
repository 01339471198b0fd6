/** Findings of kube-score and Checkov over the prod stack that are as we want them. */
export interface LintException {
  /** The tool's own name of the check: `pod-probes-identical`, `CKV_K8S_43`. */
  readonly check: string;
  /** `Deployment/api`, or all of a kind: `Deployment/*`. Each must have such a finding. */
  readonly objects: readonly string[];
  /** One sentence. */
  readonly reason: string;
}

const pullPolicy =
  'Tags are pinned and never move, so that asking the registry again brings nothing; a pod that starts anew, on a node that ' +
  'has the image, must not need the registry.';

const imageUser =
  "It is the image's own user, who owns files in it; another one is not what upstream tests, and a cluster with user " +
  'namespaces maps him to none of the node.';

const spread =
  'Copies are spread over nodes and zones by topology spread constraints (infra/kubernetes/disruption.ts), which this check ' +
  'does not read.';

/** What is excepted, and why. */
export const lintExceptions: readonly LintException[] = [
  { check: 'container-image-pull-policy', objects: ['Deployment/*', 'StatefulSet/*', 'CronJob/*'], reason: pullPolicy },
  { check: 'CKV_K8S_15', objects: ['Deployment/*', 'StatefulSet/*', 'CronJob/*'], reason: pullPolicy },
  {
    check: 'CKV_K8S_43',
    objects: ['Deployment/*', 'StatefulSet/*', 'CronJob/*'],
    reason:
      'Digests are in infra/images.lock.json, which `npm run images` fills where the registries can be reached, and delivery ' +
      "passes the API's; the policy pack says so as advice.",
  },
  {
    check: 'container-security-context-user-group-id',
    objects: ['StatefulSet/qdrant', 'StatefulSet/redis', 'Deployment/grafana', 'Deployment/alloy'],
    reason: imageUser,
  },
  {
    check: 'CKV_K8S_40',
    objects: ['StatefulSet/qdrant', 'StatefulSet/redis', 'Deployment/grafana', 'Deployment/alloy'],
    reason: imageUser,
  },
  {
    check: 'deployment-has-host-podantiaffinity',
    objects: ['Deployment/api', 'Deployment/litellm', 'Deployment/otel-collector'],
    reason: spread,
  },
  {
    check: 'statefulset-has-host-podantiaffinity',
    objects: ['StatefulSet/qdrant', 'StatefulSet/tei', 'StatefulSet/prometheus', 'StatefulSet/alertmanager'],
    reason: spread,
  },
  {
    check: 'deployment-replicas',
    objects: ['Deployment/api'],
    reason: "Its number is the autoscaler's, at least three; the check does not know the ScaledObject of KEDA.",
  },
  {
    check: 'deployment-replicas',
    objects: ['Deployment/grafana'],
    reason:
      "Its database lies in the pod and is made anew from files; two copies would not know each other's sessions.",
  },
  {
    check: 'deployment-replicas',
    objects: ['Deployment/alloy'],
    reason: 'A second copy would read, and store, every line of the logs again.',
  },
  {
    check: 'deployment-replicas',
    objects: ['Deployment/kube-state-metrics'],
    reason: 'A second copy would give every series twice.',
  },
  {
    check: 'deployment-strategy',
    objects: ['Deployment/alloy'],
    reason: 'Old and new pod side by side would store the lines of that time twice; Recreate ends the old one first.',
  },
  {
    check: 'pod-probes-identical',
    objects: ['StatefulSet/tei', 'StatefulSet/mlflow', 'StatefulSet/jaeger', 'Deployment/otel-collector'],
    reason:
      'The program has one page for its health; liveness is the more patient of the two, which this check does not compare.',
  },
  {
    check: 'CKV_K8S_9',
    objects: ['StatefulSet/redis'],
    reason:
      'Redis itself has a readiness probe; its exporter has none, since its failure must not take Redis from its callers.',
  },
  {
    check: 'CKV_K8S_35',
    objects: [
      'Deployment/api',
      'Deployment/grafana',
      'Deployment/litellm',
      'StatefulSet/mlflow',
      'StatefulSet/qdrant',
      'StatefulSet/redis',
      'CronJob/*',
    ],
    reason:
      'These programs take keys from their environment by their own documentation; a pod rolls on the rotation of a secret ' +
      'either way, and runs nothing but the one program.',
  },
  {
    check: 'CKV_K8S_38',
    objects: ['Deployment/alloy', 'Deployment/kube-state-metrics'],
    reason: 'It reads pods and objects of its own namespace from the API server by a Role, and so needs the token.',
  },
];
