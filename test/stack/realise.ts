import { clusterSettings } from '../../infra/cluster.ts';
import { KubernetesPlatform, type KubernetesPlatformArgs } from '../../infra/kubernetes/platform.ts';
import type { Transforms } from '../../infra/kubernetes/transforms.ts';
import { Part, type PartDescription, type Platform } from '../../infra/part.ts';
import { collect } from '../../infra/render/collect.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import { gatewaySettings } from '../../infra/stack/gateway/settings.ts';
import type { Workload } from '../../infra/workload.ts';

class SomePart extends Part {
  constructor(name: string, description: PartDescription, platform: Platform, transform?: Transforms) {
    super('SomePart', name, description, platform, transform && { transform });
  }
}

/** Arguments of a platform for tests, changed as told. */
export const platformArgs = (changes: Partial<KubernetesPlatformArgs> = {}): KubernetesPlatformArgs => ({
  namespace: 'ballast-test',
  stack: 'test',
  keepData: false,
  cluster: clusterSettings.parse({}),
  secretsFrom: 'generated',
  credentials: {},
  gateway: gatewaySettings.parse({}),
  ...changes,
});

/** What a stack of these parts, by name and in this order, registers on Kubernetes. */
export async function realise(
  parts: Readonly<Record<string, PartDescription>>,
  changes: Partial<KubernetesPlatformArgs> = {},
  transform?: Transforms,
): Promise<Registered> {
  const resources = await collect(
    () => {
      const platform = new KubernetesPlatform(platformArgs(changes));
      for (const [name, description] of Object.entries(parts)) new SomePart(name, description, platform, transform);
      platform.finish();
    },
    { project: 'ballast', stack: 'test' },
  );
  return new Registered(resources);
}

/** What a stack of one part with this workload registers. */
export const realiseWorkload = (workload: Workload, changes?: Partial<KubernetesPlatformArgs>): Promise<Registered> =>
  realise({ some: { workloads: [workload] } }, changes);

/** Registered resources, to be found by kind and name. */
export class Registered {
  readonly all: readonly RegisteredResource[];

  constructor(all: readonly RegisteredResource[]) {
    this.all = all;
  }

  /** The resource of a kind (`Deployment`) and name. @throws when there is none. */
  get(kind: string, name: string): RegisteredResource {
    const found = this.all.find((each) => each.type.endsWith(`:${kind}`) && each.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name} among ${this.all.map(({ urn }) => urn).join('\n')}`);
    return found;
  }

  /** Names of all resources of a kind. */
  names(kind: string): string[] {
    return this.all.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ name }) => name);
  }

  /** `kind/name` of what a resource comes after, without the rest of the URNs. */
  dependencies(kind: string, name: string): string[] {
    return this.get(kind, name).options.dependsOn.map(shortName);
  }
}

const shortName = (urn: string): string => urn.replace(/^.*:(\w+)::(.*)$/, '$1/$2');
