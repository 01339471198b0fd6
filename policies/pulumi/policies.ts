import type { Policies, Policy } from '@pulumi/policy';
import { Configuration } from '../configuration.ts';
import { evaluate, type Evaluation } from '../evaluate.ts';
import type { Identified } from '../kubernetes/object.ts';
import { madeObjects } from '../kubernetes/resource.ts';
import type { ExceptionRule, ObjectRule, ProgramRule, Rule } from '../rule.ts';
import { configSchema } from './config-schema.ts';
import { resourceOf, SeenInputs } from './seen-inputs.ts';
import { UsedExceptions } from './used-exceptions.ts';

/** What the policies of one run share. */
interface Run {
  readonly inputs: SeenInputs;
  readonly exceptions: UsedExceptions;
}

/**
 * Rules as policies of Pulumi. A rule about one object is judged before the object is made; the others when everything is known,
 * at the end of the preview and of the update. The last policy tells of exceptions.
 */
export function policiesOf(rules: readonly Rule[]): Policies {
  const run = { inputs: new SeenInputs(), exceptions: new UsedExceptions() };
  return [...rules.map((rule) => policyOf(rule, run)), run.exceptions.policy()];
}

function policyOf(rule: Rule, run: Run): Policies[number] {
  if ('checkObject' in rule) return objectPolicy(rule, run);
  return 'checkProgram' in rule ? programPolicy(rule, run) : exceptionPolicy(rule, run);
}

/** What Pulumi shows of a rule. */
function described(rule: Rule): Policy {
  const { name, demand, reason, standard, fix, level, severity } = rule;
  const schema = configSchema(rule);
  return {
    name,
    description: `${demand} ${reason} (${standard.name}: ${standard.url})`,
    enforcementLevel: level,
    severity,
    remediationSteps: fix,
    url: standard.url,
    ...(schema && { configSchema: schema }),
  };
}

/** Where the rule reads what is not known in a preview, Pulumi's runner says that it could not be judged. */
function objectPolicy(rule: ObjectRule, { exceptions }: Run): Policies[number] {
  return {
    ...described(rule),
    validateResource: (args, report) => {
      const objects = madeObjects([resourceOf(args)]);
      const judged = judge(objects, rule, args.getConfig());
      for (const { message } of judged.violations) report(shown(message, rule));
      exceptions.note(rule, objects, judged.exceptions);
    },
  };
}

function programPolicy(rule: ProgramRule, { inputs, exceptions }: Run): Policies[number] {
  return {
    ...described(rule),
    validateResource: (args) => inputs.note(args),
    validateStack: (args, report) => {
      const objects = inputs.objectsOf(args.resources);
      const judged = judge(objects, rule, args.getConfig());
      for (const { at, message } of judged.violations) report(shown(message, rule), at.source);
      exceptions.note(rule, objects, judged.exceptions);
    },
  };
}

function exceptionPolicy(rule: ExceptionRule, { inputs, exceptions }: Run): Policies[number] {
  return {
    ...described(rule),
    validateStack: ({ resources }, report) => {
      const unused = exceptions.unusedOf(inputs.objectsOf(resources));
      for (const { at, message } of rule.checkExceptions(unused)) report(shown(message, rule), at.source);
    },
  };
}

const shown = (message: string, { fix }: Rule): string => `${message}.\n${fix}`;

/** At which level a rule is enforced is up to Pulumi, which asks about no rule that is disabled. */
function judge(objects: readonly Identified[], rule: Rule, parameters: object): Evaluation {
  const configuration = Configuration.read({ [rule.name]: { ...parameters, enforcementLevel: 'mandatory' } }, [rule]);
  return evaluate(objects, [rule], configuration);
}
