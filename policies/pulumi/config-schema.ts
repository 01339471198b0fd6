import type { PolicyConfigSchema } from '@pulumi/policy';
import { z } from 'zod';
import type { Rule } from '../rule.ts';

/** The parameters of a rule as Pulumi checks them before a run; nothing for a rule that has none. */
export function configSchema({ parameters }: Rule): PolicyConfigSchema | undefined {
  if (parameters === undefined) return undefined;
  // Each has a default, so none is required.
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
  return { properties: properties as PolicyConfigSchema['properties'] };
}
