import { proofNamespace } from './configuration.ts';
import type { ProofStack } from './proof-stack.ts';

/** What is read of a rule of a NetworkPolicy. */
interface EgressRule {
  readonly to?: readonly { readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> } }[];
}

const policy = `/apis/networking.k8s.io/v1/namespaces/${proofNamespace}/networkpolicies/api`;

/**
 * Takes the edge from the API to a part out of the API's network policy.
 *
 * @returns what gives it back.
 * @throws when there is no such edge.
 */
export async function cutEdge(stack: ProofStack, part: string): Promise<() => Promise<void>> {
  const { body } = await stack.cluster.request('GET', policy);
  const { egress } = (body as { spec: { egress: EgressRule[] } }).spec;
  const left = egress.filter(({ to = [] }) => !to.some((peer) => partOf(peer.podSelector?.matchLabels) === part));
  if (left.length === egress.length) throw new Error(`the policy of the API has no edge to ${part}`);
  await setEgress(stack, left);
  return () => setEgress(stack, egress);
}

const partOf = (labels: Readonly<Record<string, string>> | undefined) => labels?.['app.kubernetes.io/name'];

async function setEgress(stack: ProofStack, egress: readonly EgressRule[]): Promise<void> {
  const patch = { spec: { egress } };
  const { refusal } = await stack.cluster.request('PATCH', policy, patch, 'application/merge-patch+json');
  if (refusal !== undefined) throw new Error(`the policy of the API is not changed: ${refusal}`);
}
