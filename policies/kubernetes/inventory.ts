import { autoscaledCopies, scales, type Copies } from './copies.ts';
import { groupOf, namespaceOf, type Identified, type KubernetesObject } from './object.ts';
import { podOf, type Pod } from './pod.ts';
import { selects } from './selector.ts';
import { serviceSpecOf } from './service.ts';

/** A workload among the objects of a program: what makes pods. */
export interface Workload extends Identified {
  readonly pod: Pod;
  readonly namespace: string;
}

/** Kinds with a number of copies. Of a DaemonSet or a Job nobody sets how many there are; a Pod is one. */
const replicated: ReadonlySet<string | undefined> = new Set([
  'Deployment',
  'StatefulSet',
  'ReplicaSet',
  'ReplicationController',
]);

/**
 * Every Kubernetes object of a program, by what rules ask. An object's fields are read only when a rule asks for them, since some
 * may not be known in a preview; its kind always is.
 */
export class Inventory {
  readonly objects: readonly Identified[];
  /** Name of the stack that the program is run for: the one that is given, or else that of the objects' URNs. */
  readonly stack: string | undefined;
  readonly #byKind: ReadonlyMap<string, readonly Identified[]>;
  #workloads: readonly Workload[] | undefined;

  constructor(objects: readonly Identified[], stack?: string) {
    this.objects = objects;
    this.stack = stack ?? stackOf(objects);
    this.#byKind = Map.groupBy(objects, ({ object }) => kindKey(groupOf(object), object.kind ?? ''));
  }

  /** Every object that makes pods. */
  get workloads(): readonly Workload[] {
    this.#workloads ??= this.objects.flatMap((each) => {
      const pod = podOf(each.object);
      if (pod === undefined) return [];
      return [
        {
          ...each,
          pod,
          // The name of a namespace may not be known in a preview: only a rule that asks for it cannot judge then.
          get namespace() {
            return namespaceOf(each.object);
          },
        },
      ];
    });
    return this.#workloads;
  }

  /** The objects of a kind of an API group, in whatever version; those of one namespace where that is given. */
  ofKind(group: string, kind: string, namespace?: string): readonly Identified[] {
    const all = this.#byKind.get(kindKey(group, kind)) ?? [];
    return namespace === undefined ? all : all.filter(({ object }) => namespaceOf(object) === namespace);
  }

  /** The object of a kind of an API group that a namespace has under a name. */
  named(group: string, kind: string, namespace: string, name: string | undefined): KubernetesObject | undefined {
    return this.ofKind(group, kind, namespace).find(({ object }) => object.metadata?.name === name)?.object;
  }

  /** How many copies of a workload run; nothing for one whose number nobody sets, as a DaemonSet or a Job. */
  copiesOf({ object, namespace }: Workload): Copies | undefined {
    if (object.kind === 'Pod') return { least: 1, most: 1 };
    if (!replicated.has(object.kind)) return undefined;
    const autoscaler = this.#autoscalers(namespace).find((each) => scales(each.object, object));
    if (autoscaler !== undefined) return autoscaledCopies(autoscaler);
    const replicas = ((object.spec ?? {}) as { readonly replicas?: number }).replicas ?? 1;
    return { least: replicas, most: replicas };
  }

  /** What scales workloads of a namespace: HorizontalPodAutoscalers, and KEDA's ScaledObjects. */
  #autoscalers(namespace: string): readonly Identified[] {
    return [
      ...this.ofKind('autoscaling', 'HorizontalPodAutoscaler', namespace),
      ...this.ofKind('keda.sh', 'ScaledObject', namespace),
    ];
  }

  /**
   * The Services that send requests to a workload's pods. One without a selector sends none to pods that it knows, and one that is
   * a name of something outside the cluster has no use for its selector.
   */
  servicesOf({ pod, namespace }: Workload): readonly Identified[] {
    return this.ofKind('', 'Service', namespace).filter(({ object }) => {
      const { type, selector } = serviceSpecOf(object);
      if (type === 'ExternalName' || Object.keys(selector ?? {}).length === 0) return false;
      return selects({ matchLabels: selector ?? {} }, pod.metadata.labels);
    });
  }
}

const kindKey = (group: string, kind: string) => `${group}/${kind}`;

function stackOf([first]: readonly Identified[]): string | undefined {
  return first === undefined ? undefined : /^urn:pulumi:([^:]+)::/.exec(first.source)?.[1];
}
