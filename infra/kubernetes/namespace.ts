import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Workload } from '../workload.ts';
import { dataOptions } from './data-protection.ts';
import { stackLabels, type Labels } from './labels.ts';
import { containerDefaults, quotaHard } from './quota.ts';

/** What the namespace is made from. */
export interface StackNamespaceArgs {
  readonly name: string;
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Protects it, and leaves it in place when the stack is destroyed: with a namespace goes all that is in it. */
  readonly keep: boolean;
}

/**
 * Pod Security's strictest level, at whichever version the cluster has:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const podSecurityLabels: Labels = Object.fromEntries(
  ['enforce', 'audit', 'warn'].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, 'restricted'],
    [`pod-security.kubernetes.io/${mode}-version`, 'latest'],
  ]),
);

/**
 * The namespace of a stack, closed before anything is in it: Pod Security is enforced, no packet passes that a workload's own
 * policy does not allow, and a container that asks for nothing gets little.
 */
export class StackNamespace extends pulumi.ComponentResource {
  /** Known once the namespace exists. */
  readonly name: pulumi.Output<string>;
  readonly #labels: Labels;

  constructor(args: StackNamespaceArgs, options?: pulumi.ComponentResourceOptions) {
    super('ballast:kubernetes:StackNamespace', args.name, {}, options);
    this.#labels = stackLabels(args.stack);
    const namespace = new k8s.core.v1.Namespace(
      args.name,
      { metadata: { name: args.name, labels: { ...this.#labels, ...podSecurityLabels } } },
      { parent: this, ...dataOptions(args.keep) },
    );
    this.name = namespace.metadata.name;
    new k8s.networking.v1.NetworkPolicy(
      'default-deny',
      { metadata: this.#metadata('default-deny'), spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
      { parent: this },
    );
    new k8s.core.v1.LimitRange(
      'container-defaults',
      {
        metadata: this.#metadata('container-defaults'),
        spec: { limits: [{ type: 'Container', ...containerDefaults }] },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  /** Bounds the namespace to what these workloads need at their most; call it once, when all are known. */
  limitTo(workloads: readonly Workload[]): void {
    new k8s.core.v1.ResourceQuota(
      'stack',
      { metadata: this.#metadata('stack'), spec: { hard: quotaHard(workloads) } },
      { parent: this },
    );
  }

  #metadata(name: string) {
    return { name, namespace: this.name, labels: this.#labels };
  }
}
