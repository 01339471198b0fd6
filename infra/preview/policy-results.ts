import { z } from 'zod';
import { readPrinted } from './read-printed.ts';

const violation = z.object({
  rule: z.string(),
  level: z.enum(['mandatory', 'advisory']),
  severity: z.string(),
  object: z.string(),
  message: z.string(),
  fix: z.string(),
});

const results = z.object({
  passed: z.boolean(),
  rules: z.number(),
  objects: z.number(),
  violations: z.array(violation),
  exceptions: z.array(z.object({ rule: z.string(), object: z.string(), reason: z.string() })),
});

/** What `npm run policies -- --json` says of a stack. */
export type PolicyResults = z.output<typeof results>;

/** One demand that is not met. */
export type PolicyViolation = z.output<typeof violation>;

/**
 * Reads what `npm run policies -- --json` printed.
 *
 * @param from Where the text is from, for the message.
 * @throws when it is something else.
 */
export function readPolicyResults(text: string, from: string): PolicyResults {
  return readPrinted(results, text, from, 'npm run policies -- --json');
}
