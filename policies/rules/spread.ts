import { describeMost } from '../kubernetes/copies.ts';
import type { Pod, PodTerm } from '../kubernetes/pod.ts';
import { selects } from '../kubernetes/selector.ts';
import type { ProgramRule } from '../rule.ts';

export const spread: ProgramRule = {
  name: 'spread',
  demand: 'Whatever runs in more than one copy says how its copies are spread.',
  reason: 'Copies on one node, or in one zone, are lost together.',
  standard: {
    name: 'Kubernetes: topology spread constraints',
    url: 'https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#motivation',
  },
  fix: 'Add `topologySpreadConstraints` over `kubernetes.io/hostname` and `topology.kubernetes.io/zone` whose `labelSelector` selects the pods themselves.',
  level: 'mandatory',
  severity: 'medium',
  checkProgram(program) {
    return program.workloads.flatMap((workload) => {
      const copies = program.copiesOf(workload);
      if (copies === undefined || copies.most <= 1 || spreads(workload.pod)) return [];
      const message = `runs in ${describeMost(copies)}, and neither topologySpreadConstraints nor podAntiAffinity keeps its pods apart`;
      return [{ at: workload, message }];
    });
  },
};

/** Only what selects the pods themselves keeps them apart. */
function spreads({ metadata, spec: { topologySpreadConstraints, affinity } }: Pod): boolean {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = affinity?.podAntiAffinity ?? {};
  const terms: readonly (PodTerm | undefined)[] = [
    ...(topologySpreadConstraints ?? []),
    ...(required ?? []),
    ...(preferred ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ];
  return terms.some((term) => selects(term?.labelSelector, metadata.labels));
}
