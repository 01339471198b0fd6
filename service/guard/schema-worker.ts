import { hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { compileSchema, type CompiledSchema } from './compiled-schema.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { isObject } from './subschemas.ts';
import { errorsText } from './validation-errors.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  /** Whether unknown keywords and formats are refused. */
  readonly strict: boolean;
}

/** What the worker is asked, one at a time. */
export interface WorkerTask {
  /** JSON text, within the limits. */
  readonly schema: string;
  /** JSON text of the value to validate; the schema itself is checked when absent. */
  readonly value?: string;
}

/** What the worker answers. Its first message, `ready`, comes unasked. */
export type WorkerAnswer =
  | { readonly valid: true }
  | { readonly valid: false; readonly errors: string }
  | { readonly problems: readonly SchemaProblem[] }
  | 'too complex';

/** Weight of the schemas that are kept, at most: bytes of JSON, and 64 for each instruction of a pattern. */
const maxWeight = 1_000_000;
const patternWeight = 64;

const { strict } = workerData as WorkerSettings;

const compiled = new LRUCache<string, CompiledSchema>({ max: 500, maxSize: maxWeight });

function answerTo({ schema: text, value }: WorkerTask): WorkerAnswer {
  const parsed: unknown = JSON.parse(text);
  const key = hash('sha256', canonical(parsed));
  let schema = compiled.get(key);
  if (schema === undefined) {
    const result = compileSchema(parsed, strict);
    if ('problems' in result) return result;
    schema = result;
    compiled.set(key, schema, { size: text.length + schema.patternSize * patternWeight });
  }
  if (value === undefined) return { valid: true };
  try {
    const errors = schema.errorsIn(JSON.parse(value));
    return errors.length === 0 ? { valid: true } : { valid: false, errors: errorsText(errors) };
  } catch (error) {
    if (error instanceof RangeError) return 'too complex';
    throw error;
  }
}

/** JSON with the names of every object in order: the order in which a caller wrote them means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

// The first schema of all compiles the schema of schemas, which takes long: before anyone waits.
compileSchema({}, strict);
parentPort?.on('message', (task: WorkerTask) => parentPort?.postMessage(answerTo(task)));
parentPort?.postMessage('ready');
