import type { z } from 'zod';
import type { Identified, KubernetesObject } from './kubernetes/object.ts';
import type { Inventory } from './kubernetes/inventory.ts';

/** What a violation does: stops the deployment, is only told, or is not looked for. */
export type Level = 'mandatory' | 'advisory' | 'disabled';

/** Where a demand comes from. */
export interface Standard {
  /** `Pod Security Standards, restricted`. */
  readonly name: string;
  readonly url: string;
}

interface RuleText {
  /** In configurations, annotations and results: `image-tag`. */
  readonly name: string;
  /** What is demanded, as one sentence. */
  readonly demand: string;
  /** What happens where it is not so. */
  readonly reason: string;
  readonly standard: Standard;
  /** What to change. */
  readonly fix: string;
  /** Where nothing is configured. */
  readonly level: Level;
  /** How bad a violation is, where results are sorted by it. */
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  /** Of a rule from which no object can be excepted. */
  readonly exceptable?: false;
}

/** Parameters of a rule: a strict schema in which each has a default. */
export type Parameters = z.ZodObject;

/** A rule that one object alone meets or not. */
export interface ObjectRule<P extends Parameters = Parameters> extends RuleText {
  readonly parameters?: P;
  /** What is wrong with an object, one message each; none when nothing is. A message does not name the object itself. */
  checkObject(object: KubernetesObject, parameters: z.output<P>): readonly string[];
}

/** What is wrong with one object among all of a program. */
export interface Finding {
  readonly at: Identified;
  readonly message: string;
}

/** A rule about what objects are to each other. */
export interface ProgramRule<P extends Parameters = Parameters> extends RuleText {
  readonly parameters?: P;
  checkProgram(program: Inventory, parameters: z.output<P>): readonly Finding[];
}

/** An annotation of an object that excepts it from a rule that it meets anyway. */
export interface UnusedException {
  readonly at: Identified;
  /** Name of the rule. */
  readonly rule: string;
}

/** A rule about exceptions themselves, judged when all others have been. */
export interface ExceptionRule extends RuleText {
  readonly parameters?: Parameters;
  checkExceptions(unused: readonly UnusedException[]): readonly Finding[];
}

/** One rule, in a file of its own. */
export type Rule = ObjectRule | ProgramRule | ExceptionRule;
