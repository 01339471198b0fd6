import { z } from 'zod';
import { readPrinted } from './read-printed.ts';

/** State of a resource as far as a preview tells; Pulumi has `[secret]` in the place of secrets. */
const state = z.object({
  urn: z.string().default(''),
  /** False for a component, which is nothing by itself. */
  custom: z.boolean().default(false),
  parent: z.string().default(''),
  inputs: z.record(z.string(), z.unknown()).default({}),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * What `pulumi preview --json` prints, as far as it is read:
 * https://pkg.go.dev/github.com/pulumi/pulumi/pkg/v3/display#PreviewDigest
 */
const digest = z.object({
  steps: z.array(step).default([]),
  diagnostics: z.array(z.object({ message: z.string().default(''), severity: z.string().default('') })).default([]),
  changeSummary: z.record(z.string(), z.number()).optional(),
});

/** One step of a preview. */
export type PreviewStep = z.output<typeof step>;

/** A whole preview. */
export type PreviewDigest = z.output<typeof digest>;

/**
 * Reads what `pulumi preview --json` printed. Nothing at all, as after an error before the program began, is a preview that failed.
 *
 * @param from Where the text is from, for the message.
 * @throws when it is something else.
 */
export function readDigest(text: string, from: string): PreviewDigest {
  if (text.trim() === '') {
    return { steps: [], diagnostics: [{ severity: 'error', message: 'pulumi preview printed nothing' }] };
  }
  return readPrinted(digest, text, from, 'pulumi preview --json');
}
