import type { Inventory, Workload } from '../kubernetes/inventory.ts';
import { secretReferences } from '../kubernetes/secret-references.ts';
import type { ProgramRule } from '../rule.ts';

/** Type of the Secrets that the cluster fills with a token that does not end. */
const tokenType = 'kubernetes.io/service-account-token';

export const serviceAccountToken: ProgramRule = {
  name: 'service-account-token',
  demand:
    'No pod gets a token of a ServiceAccount, neither by itself, nor by a volume, nor from a Secret of the program.',
  reason:
    'Who takes over a pod with a token asks the API server for all that the ServiceAccount may, and few pods need any.',
  standard: {
    name: 'Kubernetes: application security checklist, service account',
    url: 'https://kubernetes.io/docs/concepts/security/application-security-checklist/#service-account',
  },
  fix:
    'Set `automountServiceAccountToken: false` in the spec of the pod, or in its ServiceAccount. What calls the API server is ' +
    'excepted by the annotation, with a Role of no more than it needs.',
  level: 'mandatory',
  severity: 'medium',
  checkProgram(program) {
    return program.workloads.flatMap((workload) =>
      [...automounted(program, workload), ...projected(workload), ...fromSecrets(program, workload)].map((message) => ({
        at: workload,
        message,
      })),
    );
  },
};

/**
 * What the pod says is stronger than what its ServiceAccount says, and neither means yes.
 *
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
 */
function automounted(program: Inventory, { pod: { spec }, namespace }: Workload): readonly string[] {
  const name = spec.serviceAccountName ?? spec.serviceAccount ?? 'default';
  const account = program.named('', 'ServiceAccount', namespace, name);
  return (spec.automountServiceAccountToken ?? account?.automountServiceAccountToken) === false
    ? []
    : ['the pod gets a token of its ServiceAccount: automountServiceAccountToken is not false'];
}

const projected = ({ pod }: Workload): readonly string[] =>
  (pod.spec.volumes ?? [])
    .filter((volume) => (volume.projected?.sources ?? []).some((source) => source.serviceAccountToken))
    .map(({ name }) => `volume "${name}" has a token of the ServiceAccount`);

function fromSecrets(program: Inventory, { pod, namespace }: Workload): readonly string[] {
  const tokens = program.ofKind('', 'Secret', namespace).filter(({ object }) => object.type === tokenType);
  const messages = secretReferences(pod)
    .filter(({ name }) => tokens.some(({ object }) => object.metadata?.name === name))
    .map(({ by, name }) => `${by} has a token of a ServiceAccount: the Secret ${name}`);
  return [...new Set(messages)];
}
