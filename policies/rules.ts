import type { Rule } from './rule.ts';
import { autoscaledReplicas } from './rules/autoscaled-replicas.ts';
import { disruptionBudget } from './rules/disruption-budget.ts';
import { disruptionPossible } from './rules/disruption-possible.ts';
import { drain } from './rules/drain.ts';
import { exceptionReason } from './rules/exception-reason.ts';
import { networkPolicy } from './rules/network-policy.ts';
import { productionReplicas } from './rules/production-replicas.ts';
import { scrapeTarget } from './rules/scrape-target.ts';
import { secretPresent } from './rules/secret-present.ts';
import { spread } from './rules/spread.ts';
import { staleException } from './rules/stale-exception.ts';
import { capabilities } from './rules/capabilities.ts';
import { exposure } from './rules/exposure.ts';
import { hostNamespaces } from './rules/host-namespaces.ts';
import { hostPath } from './rules/host-path.ts';
import { namespacePodSecurity } from './rules/namespace-pod-security.ts';
import { privilegeEscalation } from './rules/privilege-escalation.ts';
import { privileged } from './rules/privileged.ts';
import { probes } from './rules/probes.ts';
import { readOnlyRoot } from './rules/read-only-root.ts';
import { requiredLabels } from './rules/required-labels.ts';
import { resources } from './rules/resources.ts';
import { runAsNonRoot } from './rules/run-as-non-root.ts';
import { seccomp } from './rules/seccomp.ts';
import { secretInConfigMap } from './rules/secret-in-config-map.ts';
import { secretInEnv } from './rules/secret-in-env.ts';
import { serviceAccountToken } from './rules/service-account-token.ts';
import { statefulVolume } from './rules/stateful-volume.ts';
import { imageDigest } from './rules/image-digest.ts';
import { imageTag } from './rules/image-tag.ts';

/** Every rule that an object can be excepted from. */
const exceptable: readonly Rule[] = [
  // The image.
  imageTag,
  imageDigest,
  // Security of the pod.
  runAsNonRoot,
  readOnlyRoot,
  privileged,
  privilegeEscalation,
  capabilities,
  seccomp,
  hostNamespaces,
  hostPath,
  serviceAccountToken,
  namespacePodSecurity,
  // Secrets.
  secretInEnv,
  secretInConfigMap,
  secretPresent,
  // What a workload says about itself.
  probes,
  resources,
  statefulVolume,
  requiredLabels,
  exposure,
  // Availability.
  disruptionBudget,
  spread,
  disruptionPossible,
  autoscaledReplicas,
  drain,
  productionReplicas,
  // What is around a workload.
  networkPolicy,
  scrapeTarget,
];

/** Every rule of the pack, in the order in which results show them. */
export const rules: readonly Rule[] = [...exceptable, exceptionReason(exceptable), staleException];
