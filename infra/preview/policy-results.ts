import { z } from 'zod';

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
  try {
    return results.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, ' ') : String(error);
    throw new Error(`${from} does not hold what npm run policies -- --json prints: ${reason}`);
  }
}
