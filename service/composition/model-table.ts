import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { Config } from '../contract/config.ts';
import { defaultModelTable, modelTableSchema, type ModelTable } from '../contract/models.ts';
import { ConfigError } from '../contract/parse-config.ts';

/** Problems that are named at most. */
const maxProblems = 10;

/**
 * The table of models, modes, variants and budgets: that of `MODELS_FILE`, or the default.
 *
 * @throws {ConfigError} with every problem of the file, the first ten in words.
 */
export function readModelTable({ MODELS_FILE }: Pick<Config, 'MODELS_FILE'>): ModelTable {
  if (MODELS_FILE === undefined) return defaultModelTable;
  const parsed = modelTableSchema.safeParse(readJson(MODELS_FILE));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const sentences = issues.slice(0, maxProblems).map(sentenceOf);
  if (issues.length > maxProblems) sentences.push(`${issues.length - maxProblems} more`);
  throw problem(MODELS_FILE, `a JSON file with models and modes (${sentences.join('; ')})`);
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const { path, message } = issue;
  // Of a name that may not be, zod says what is allowed one level down.
  const reason = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? message) : message;
  return `${path.map(String).join('.') || 'the file'}: ${reason}`;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw problem(path, 'a file that holds JSON');
    throw problem(path, 'a JSON file that can be read');
  }
}

function problem(path: string, allowed: string): ConfigError {
  return new ConfigError([{ name: 'MODELS_FILE', given: JSON.stringify(path), allowed }]);
}
