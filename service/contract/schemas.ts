import { z } from 'zod';
import { degradationModes, modes, priorities } from './metrics.ts';

/** Longest question, in UTF-16 units. */
export const maxQuestionLength = 4_000;

// All control characters but tab, line feed and carriage return.
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A problem with text that people write, or nothing: control characters, and halves of a surrogate pair. */
function unprintable(text: string): string | undefined {
  const match = controlCharacter.exec(text);
  if (match) {
    const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `contains the control character U+${code} at position ${match.index}`;
  }
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair, which is not valid Unicode';
}

const printable = (schema: z.ZodString) =>
  schema.superRefine((text, issues) => {
    const problem = unprintable(text);
    if (problem) issues.addIssue({ code: 'custom', message: problem });
  });

/** The first few of the names that a client made up, each cut short. */
function named(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 50).toWellFormed()));
  return keys.length > shown.length ? `${shown.join(', ')} and ${keys.length - shown.length} more` : shown.join(', ');
}

/** An object that names what is allowed when it meets an unknown field. */
function strict<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown field ${named(issue.keys)}; allowed: ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

const sessionId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, { error: 'must be 1 to 128 of A-Z, a-z, 0-9, ., _, : and -' })
  .optional()
  .describe('Questions of one conversation share it');

const name = z.string().min(1).max(64);

/** What a question and a plain call have in common. */
const guarded = {
  session_id: sessionId,
  mode: z
    .enum(modes)
    .default('balanced')
    .describe('creative takes the best model, fast the quickest; embedded, creative quotes most and fast least'),
  schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .optional()
    .describe('JSON Schema that the answer must satisfy; it is then the value itself, not a string'),
  fallback: z
    .unknown()
    .optional()
    .describe('The answer when no valid one could be had; {"error": true} when absent. Only with a schema'),
  stream: z.boolean().default(false).describe('Answer as server-sent events: token, citation, then done or error'),
  priority: z
    .enum(priorities)
    .optional()
    .describe('Who goes first under overload; only lowers what the token allows, which is normal unless it says more'),
};

/** Body of `POST /query`. */
export const queryRequest = strict({
  question: printable(z.string().max(maxQuestionLength))
    .refine((text) => text.trim() !== '', { error: 'must not be empty' })
    .describe('What to answer'),
  top_k: z.int().min(1).max(20).default(5).describe('Passages to read for the answer'),
  ...guarded,
});

/** Longest text of a plain call's input, in UTF-16 units; the model's context may allow less. */
export const maxInputLength = 200_000;

/** Body of `POST /v1/predict`. */
export const predictRequest = strict({
  input: z
    .union([
      printable(z.string().max(maxInputLength)).refine((text) => text.trim() !== '', { error: 'must not be empty' }),
      z.record(z.string(), z.unknown()),
    ])
    .describe('Text, or the input fields of the signature'),
  signature: z
    .string()
    .max(500)
    .optional()
    .describe('Inputs and outputs, such as "text -> summary: str, score: float"'),
  variant: name.optional().describe('A variant by name; chosen by weight when absent'),
  model: name.optional().describe('A model by name; the mode decides when absent'),
  ...guarded,
});

/** A validated plain call. */
export type PredictRequest = z.output<typeof predictRequest>;

/** A validated question. */
export type QueryRequest = z.output<typeof queryRequest>;

/** One source of an answer. */
export const citation = z.object({
  id: z.string().describe('Document ID, with the heading after #'),
  title: z.string(),
  score: z.number().describe('How well the passage fits the question, 0 to 1; comparable within one answer'),
  snippet: z.string(),
});

/** A source of an answer. */
export type Citation = z.output<typeof citation>;

/** Body of the answer to `POST /query` and `POST /v1/predict`, and of the event `done`. */
export const queryResponse = z.object({
  answer: z.unknown().describe('Text; with a schema the parsed value'),
  citations: z.array(citation),
  cached: z.boolean(),
  model: z.string(),
  variant: z.string(),
  degradation: z.enum(degradationModes),
  tokens: z.object({ input: z.int(), output: z.int() }),
  cost_usd: z.number(),
  request_id: z.string(),
  trace_id: z.string(),
  error: z.literal(true).optional().describe('The answer is the fallback: no valid one could be had'),
});

/** An answer as the client gets it. */
export type QueryResponse = z.output<typeof queryResponse>;

const documentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/ ()+@-]{0,254}$/, {
  error: 'must be 1 to 255 of A-Z, a-z, 0-9, space, . _ / ( ) + @ and -, and start with a letter or digit',
});

/** Body of `POST /v1/documents`. */
export const putDocumentRequest = strict({
  text: printable(z.string())
    .refine((text) => text.trim() !== '', { error: 'must not be empty' })
    .describe('The document; at most what a body may hold'),
  id: documentId
    .optional()
    .describe('Names the document, so that a later version replaces it; its content hash when absent'),
  title: printable(z.string().min(1).max(200)).optional().describe('The first heading when absent'),
  format: z.enum(['markdown', 'text']).default('markdown').describe('How headings are found'),
});

/** Body of the answer to `POST /v1/documents`. */
export const putDocumentResponse = z.object({
  id: z.string(),
  title: z.string(),
  chunks: z.int().describe('Passages that the document was cut into'),
  status: z.enum(['created', 'replaced', 'unchanged']),
});

/** Query of `GET /v1/documents`. */
export const listDocumentsQuery = strict({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(255).optional().describe('The last ID of the page before'),
});

/** Body of the answer to `GET /v1/documents`. */
export const listDocumentsResponse = z.object({
  documents: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      chunks: z.int(),
      bytes: z.int(),
      updated_at: z.string(),
      shared: z.boolean().describe('Part of the corpus that every tenant can search; not deletable over HTTP'),
    }),
  ),
  next: z.string().nullable().describe('Pass it as after for the next page'),
});

/** Parameters of `DELETE /v1/documents/:id`. */
export const documentParams = z.object({ id: z.string().max(255) });

/** Body of every error: RFC 9457 problem details with members of our own. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  error: z.string().describe('The title again, for clients that look for `error`'),
  request_id: z.string(),
  retry_after: z.number().optional().describe('Seconds'),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('Each thing that is wrong with the request'),
});

/** Body of an error. */
export type Problem = z.output<typeof problem>;
