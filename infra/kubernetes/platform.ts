import type * as pulumi from '@pulumi/pulumi';
import type { Part, Platform } from '../part.ts';
import type { GatewaySettings } from '../stack/gateway/settings.ts';
import type { Workload } from '../workload.ts';
import { externalSecret, type ExternalSecretsArgs } from './external-secret.ts';
import { generatedSecret } from './generated-secret.ts';
import { objectLabels, workloadLabels, type Labels } from './labels.ts';
import { StackNamespace } from './namespace.ts';
import { networkPolicySpec, type ClusterEdges } from './network-policy.ts';
import { PartObjects } from './part-objects.ts';
import { kubernetesProvider, type ProviderArgs } from './provider.ts';
import { publishRoute } from './publish-route.ts';
import { realiseWorkload } from './realise-workload.ts';
import { checkSecretReferences, secretsHeldBy, type Secrets } from './secret-references.ts';
import type { Transforms } from './transforms.ts';

/** What a stack on Kubernetes is made with. */
export interface KubernetesPlatformArgs extends ProviderArgs {
  /** Of everything in the stack; it is made, too. */
  readonly namespace: string;
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Protects the namespace and the generated passwords; volumes say so by their workload's trait. */
  readonly keepData: boolean;
  readonly cluster: ClusterEdges & { readonly keda: boolean };
  /** Where the values of secrets come from: made by the program, or fetched by the External Secrets operator. */
  readonly secretsFrom: 'generated' | ExternalSecretsArgs;
  /** `ballast:credentials`, by name. Not read when secrets are fetched. */
  readonly credentials: Readonly<Record<string, pulumi.Input<string>>>;
  /** Names of the Secrets with which images are fetched, which are in the namespace already. */
  readonly pullSecrets?: readonly string[];
  /** How routes are published. */
  readonly gateway: GatewaySettings;
  /** Labels by which an existing Prometheus operator picks up monitors; without them, none are made. */
  readonly monitorLabels?: Labels | undefined;
}

interface Realised {
  readonly part: Part;
  readonly objects: PartObjects;
}

/**
 * Realises parts on Kubernetes.
 *
 * `realise` only takes a part in, and `finish` makes the objects of all of them below their components: a policy needs to know
 * every caller, a pod the counters of every secret, the quota every workload. A pod waits for its own policy: without it, it
 * could reach nothing that it needs to become ready.
 */
export class KubernetesPlatform implements Platform<Transforms> {
  readonly #args: KubernetesPlatformArgs;
  readonly #provider: pulumi.ProviderResource;
  readonly #namespace: StackNamespace;
  readonly #parts: Realised[] = [];

  constructor(args: KubernetesPlatformArgs) {
    this.#args = args;
    this.#provider = kubernetesProvider(args);
    this.#namespace = new StackNamespace(
      { name: args.namespace, stack: args.stack, keep: args.keepData },
      { provider: this.#provider },
    );
  }

  /** The provider of the cluster, for what is made beside the parts. */
  get provider(): pulumi.ProviderResource {
    return this.#provider;
  }

  /** Name of the namespace, once it exists: for what is made beside the parts. */
  get namespace(): pulumi.Output<string> {
    return this.#namespace.name;
  }

  realise(part: Part, transforms: Transforms | undefined): void {
    const namespace = this.#namespace.name;
    const objects = new PartObjects({ part, provider: this.#provider, namespace, transforms });
    this.#parts.push({ part, objects });
  }

  /**
   * Makes the objects of every part; call it once, when all parts are constructed.
   *
   * @throws when two parts have a workload or a secret of the same name, when a workload refers to a secret, key, port or
   *   workload that is not there, or waits for one that comes after it.
   */
  finish(): void {
    const workloads = unique('workload', this.#parts, ({ workloads }) => workloads);
    const all = [...workloads.values()];
    const secrets: Secrets = unique('secret', this.#parts, ({ secrets = [] }) => secrets);
    for (const workload of all) checkSecretReferences(workload, secrets);
    this.#namespace.limitTo(all);
    const madeSecrets = new Map(this.#parts.flatMap((each) => this.#makeSecrets(each)));
    const policies = new Map(this.#parts.flatMap((each) => this.#makePolicies(each, all)));
    const ready = new Map<string, pulumi.Resource>();
    for (const { part, objects } of this.#parts) {
      for (const workload of part.description.workloads) {
        const policy = policies.get(workload.name);
        const after = [
          ...(policy ? [policy] : []),
          ...secretsHeldBy(workload).flatMap((name) => madeSecrets.get(name) ?? []),
          ...waitedFor(workload, ready),
        ];
        const { namespace, stack, cluster, monitorLabels, pullSecrets = [] } = this.#args;
        const context = { objects, namespace, stack, secrets, cluster, monitorLabels, pullSecrets, after };
        ready.set(workload.name, realiseWorkload(workload, context));
      }
      this.#publish(part, objects, all);
    }
  }

  #makeSecrets({ part, objects }: Realised) {
    const { secretsFrom, credentials, keepData, stack } = this.#args;
    return (part.description.secrets ?? []).map((secret) => {
      const labels = objectLabels(secret.name, part.partName, stack);
      const made =
        secretsFrom === 'generated'
          ? generatedSecret(objects, secret, labels, { credentials, keepData })
          : externalSecret(objects, secret, labels, secretsFrom);
      return [secret.name, made] as const;
    });
  }

  #makePolicies({ part, objects }: Realised, all: readonly Workload[]) {
    return part.description.workloads.map((workload) => {
      const identity = { name: workload.name, labels: workloadLabels(workload, this.#args.stack) };
      const spec = networkPolicySpec(workload, all, this.#args.cluster);
      return [workload.name, objects.make('networkPolicy', identity, { spec })] as const;
    });
  }

  #publish(part: Part, objects: PartObjects, all: readonly Workload[]): void {
    const { gateway: settings, stack } = this.#args;
    for (const route of part.description.routes ?? []) {
      const labels = objectLabels(route.name, part.partName, stack);
      publishRoute(objects, route, { settings, all, labels });
    }
  }
}

/** What all parts have of one sort, by name. @throws when two parts have one of the same name. */
function unique<T extends { readonly name: string }>(
  sort: string,
  parts: readonly Realised[],
  of: (description: Part['description']) => readonly T[],
): ReadonlyMap<string, T> {
  const owners = new Map<string, string>();
  const found = new Map<string, T>();
  for (const { part } of parts) {
    for (const each of of(part.description)) {
      const owner = owners.get(each.name);
      if (owner !== undefined) {
        throw new Error(`The parts ${owner} and ${part.partName} both have a ${sort} named ${each.name}`);
      }
      owners.set(each.name, part.partName);
      found.set(each.name, each);
    }
  }
  return found;
}

/** What a workload waits for. Whether the others exist at all, its network policy has said before. */
function waitedFor(workload: Workload, ready: ReadonlyMap<string, pulumi.Resource>): pulumi.Resource[] {
  return workload.connections.flatMap((connection) => {
    if (connection.to !== 'workload' || connection.waits !== true) return [];
    const resource = ready.get(connection.workload);
    if (resource === undefined) {
      throw new Error(
        `${workload.name} waits for ${connection.workload}, whose part comes later; construct that part before`,
      );
    }
    return [resource];
  });
}
