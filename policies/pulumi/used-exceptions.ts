import type { StackValidationPolicy } from '@pulumi/policy';
import type { Exception } from '../evaluate.ts';
import { exceptionsPolicy, unusedExceptions } from '../exceptions.ts';
import type { Identified } from '../kubernetes/object.ts';
import type { Rule, UnusedException } from '../rule.ts';

/** The exceptions that were needed in a run, and those that were not. */
export class UsedExceptions {
  /** By rule and URN, since Pulumi may ask about a resource twice: what a rule found at an object that excepts itself. */
  readonly #judged = new Map<string, readonly Exception[]>();

  /** Notes what a rule that is applied has found at objects. */
  note(rule: Rule, objects: readonly Identified[], exceptions: readonly Exception[]): void {
    for (const { source } of objects)
      this.#judged.set(
        `${rule.name} ${source}`,
        exceptions.filter(({ at }) => at.source === source),
      );
  }

  /** Exceptions of objects from rules that have judged them and found nothing. */
  unusedOf(objects: readonly Identified[]): UnusedException[] {
    return unusedExceptions(objects, (rule, at) => this.#judged.get(`${rule} ${at.source}`)?.length === 0);
  }

  /** A policy that tells of them when all others have been judged. */
  policy(): StackValidationPolicy {
    return {
      name: exceptionsPolicy,
      description: 'An object is excepted from a rule.',
      enforcementLevel: 'advisory',
      severity: 'low',
      validateStack: (_, report) => {
        for (const { rule, at, message, reason } of [...this.#judged.values()].flat())
          report(`${rule.name}: ${message}.\nThe reason: ${reason}`, at.source);
      },
    };
  }
}
