import { Configuration } from '../../policies/configuration.ts';
import { evaluate, type Violation } from '../../policies/evaluate.ts';
import { titleOf, type Identified } from '../../policies/kubernetes/object.ts';
import type { Rule } from '../../policies/rule.ts';

/** One demand that one object of a stack does not meet. */
export interface Result {
  readonly rule: string;
  readonly level: 'mandatory' | 'advisory';
  readonly severity: Rule['severity'];
  /** `Deployment ballast-prod/api` */
  readonly object: string;
  /** URN of its resource, or file of its manifest. */
  readonly source: string;
  readonly message: string;
  readonly fix: string;
}

/** One that an annotation of the object allows. */
export interface ExceptedResult extends Result {
  readonly reason: string;
}

/** What `npm run policies` says of a stack. */
export interface Results {
  readonly stack: string;
  /** No mandatory violation. */
  readonly passed: boolean;
  /** How many were judged: those that are not disabled. */
  readonly rules: number;
  readonly objects: number;
  /** The mandatory ones first, then the worst. */
  readonly violations: readonly Result[];
  readonly exceptions: readonly ExceptedResult[];
}

const worstFirst = ['critical', 'high', 'medium', 'low'] as const;

/**
 * Judges the objects of a stack.
 *
 * @param given Configuration of the rules, as Pulumi takes it.
 * @throws {ConfigurationError} when that is wrong.
 */
export function judgeStack(
  stack: string,
  objects: readonly Identified[],
  rules: readonly Rule[],
  given: unknown,
): Results {
  const configuration = Configuration.read(given, rules);
  const { violations, exceptions } = evaluate(objects, rules, configuration, { stack });
  return {
    stack,
    passed: violations.every(({ level }) => level !== 'mandatory'),
    rules: rules.filter((rule) => configuration.of(rule).level !== 'disabled').length,
    objects: objects.length,
    violations: violations.map(resultOf).sort((a, b) => rank(a) - rank(b)),
    exceptions: exceptions.map((each) => ({ ...resultOf(each), reason: each.reason })),
  };
}

function resultOf({ rule: { name, severity, fix }, level, at, message }: Violation): Result {
  return { rule: name, level, severity, object: titleOf(at.object), source: at.source, message, fix };
}

const rank = ({ level, severity }: Result): number =>
  (level === 'mandatory' ? 0 : worstFirst.length) + worstFirst.indexOf(severity);
