import type { Configuration } from './configuration.ts';
import { exceptionsOf, unusedExceptions } from './exceptions.ts';
import { Inventory } from './kubernetes/inventory.ts';
import type { Identified } from './kubernetes/object.ts';
import type { ExceptionRule, Finding, Level, ObjectRule, ProgramRule, Rule, UnusedException } from './rule.ts';

/** One demand that one object does not meet. */
export interface Violation {
  readonly rule: Rule;
  readonly level: Exclude<Level, 'disabled'>;
  readonly at: Identified;
  readonly message: string;
}

/** A violation that an annotation of its object allows. */
export interface Exception extends Violation {
  readonly reason: string;
}

/** What the rules say about the objects of a program. */
export interface Evaluation {
  /** In the order of the rules, then of the objects. */
  readonly violations: readonly Violation[];
  readonly exceptions: readonly Exception[];
}

/** What a program is judged with besides its objects. */
export interface EvaluateOptions {
  /** Name of the stack. By default that of the objects' URNs; objects of a folder have none. */
  readonly stack?: string | undefined;
}

/**
 * Judges the objects of a program by rules. A violation whose object excepts itself with a reason is an exception instead. Rules
 * about exceptions come after all others.
 */
export function evaluate(
  objects: readonly Identified[],
  rules: readonly Rule[],
  configuration: Configuration,
  { stack }: EvaluateOptions = {},
): Evaluation {
  const program = new Inventory(objects, stack);
  const applied = rules.flatMap((rule) => {
    const { level, parameters } = configuration.of(rule);
    return level === 'disabled' ? [] : [{ rule, level, parameters }];
  });
  const violations: Violation[] = [];
  const exceptions: Exception[] = [];
  const sort = (rule: Rule, level: Violation['level'], found: readonly Finding[]) => {
    for (const { at, message } of found) {
      const violation = { rule, level, at, message };
      const reason = rule.exceptable === false ? '' : (exceptionsOf(at.object).get(rule.name) ?? '');
      if (reason === '') violations.push(violation);
      else exceptions.push({ ...violation, reason });
    }
  };
  for (const { rule, level, parameters } of applied)
    if (!isAboutExceptions(rule)) sort(rule, level, findings(rule, program, parameters));
  const excepting = applied.map(({ rule }) => rule).filter((rule) => !isAboutExceptions(rule));
  for (const { rule, level } of applied)
    if (isAboutExceptions(rule)) sort(rule, level, rule.checkExceptions(unused(objects, excepting, exceptions)));
  return { violations, exceptions };
}

const isAboutExceptions = (rule: Rule): rule is ExceptionRule => 'checkExceptions' in rule;

/** What one rule finds, whether it looks at objects one by one or at all together. */
function findings(
  rule: ObjectRule | ProgramRule,
  program: Inventory,
  parameters: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  if ('checkProgram' in rule) return rule.checkProgram(program, parameters);
  return program.objects.flatMap((at) => rule.checkObject(at.object, parameters).map((message) => ({ at, message })));
}

/** Exceptions with a reason that excused nothing. Of a rule that is not applied it cannot be told. */
function unused(
  objects: readonly Identified[],
  rules: readonly Rule[],
  exceptions: readonly Exception[],
): readonly UnusedException[] {
  const names = new Set(rules.filter(({ exceptable }) => exceptable !== false).map(({ name }) => name));
  const isUsed = (name: string, { object }: Identified) =>
    exceptions.some(({ at, rule }) => at.object === object && rule.name === name);
  return unusedExceptions(objects, (rule, at) => names.has(rule) && !isUsed(rule, at));
}
