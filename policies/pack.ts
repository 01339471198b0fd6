import { PolicyPack } from '@pulumi/policy';
import { policiesOf } from './pulumi/policies.ts';
import { rules } from './rules.ts';

// What `pulumi up --policy-pack` runs.
new PolicyPack('ballast-policies', {
  displayName: 'Ballast policies',
  description: 'Rules for workloads on Kubernetes: security of pods, availability, network and delivery.',
  policies: policiesOf(rules),
});
