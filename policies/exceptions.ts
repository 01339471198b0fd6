import type { KubernetesObject } from './kubernetes/object.ts';
import { textOf } from './kubernetes/text.ts';

/** Prefix of the annotations that except an object from a rule: `policies.ballast.dev/host-path: "reason"`. */
export const exceptionPrefix = 'policies.ballast.dev/';

/** Name of the policy of the pack that tells which exceptions were needed; no rule has it. */
export const exceptionsPolicy = 'exceptions';

/** Annotations of an object that except it from rules: the rule's name with the reason. */
export function exceptionsOf({ metadata }: KubernetesObject): Map<string, string> {
  const annotations = metadata?.annotations ?? {};
  // Values of other annotations may not be known in a preview, and must not be read.
  const keys = Object.keys(annotations).filter((key) => key.startsWith(exceptionPrefix));
  return new Map(keys.map((key) => [key.slice(exceptionPrefix.length), textOf(annotations[key]).trim()]));
}
