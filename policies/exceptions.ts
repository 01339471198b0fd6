import type { Identified, KubernetesObject } from './kubernetes/object.ts';
import { textOf } from './kubernetes/text.ts';
import type { UnusedException } from './rule.ts';

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

/** The exceptions with a reason of objects from rules that found nothing there. One without a reason excuses nothing in any case. */
export function unusedExceptions(
  objects: readonly Identified[],
  foundNothing: (rule: string, at: Identified) => boolean,
): UnusedException[] {
  return objects.flatMap((at) =>
    [...exceptionsOf(at.object)]
      .filter(([rule, reason]) => reason !== '' && foundNothing(rule, at))
      .map(([rule]) => ({ at, rule })),
  );
}
