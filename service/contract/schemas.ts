import { z } from 'zod';
import { degradationModes, modes } from './metrics.ts';

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

/** Body of `POST /query`. */
export const queryRequest = strict({
  question: printable(z.string().max(maxQuestionLength))
    .refine((text) => text.trim() !== '', { error: 'must not be empty' })
    .describe('What to answer'),
  session_id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,128}$/, { error: 'must be 1 to 128 of A-Z, a-z, 0-9, ., _, : and -' })
    .optional()
    .describe('Questions of one conversation share it'),
  mode: z.enum(modes).default('balanced').describe('creative quotes most, fast quotes least'),
  top_k: z.int().min(1).max(20).default(5).describe('Passages to read for the answer'),
  priority: z
    .enum(['high', 'normal', 'low'])
    .default('normal')
    .describe('A hint for overload; logged, and not acted on in this version'),
  stream: z
    .literal(false, { error: 'streaming is not available in this version; leave it out or send false' })
    .optional()
    .describe('Only false in this version'),
});

/** A validated question. */
export type QueryRequest = z.output<typeof queryRequest>;

/** One source of an answer. */
export const citation = z.object({
  id: z.string().describe('Document ID, with the heading after #'),
  title: z.string(),
  score: z.number().describe('Share of the question that the passage covers, by rarity of words: 0 to 1'),
  snippet: z.string(),
});

/** A source of an answer. */
export type Citation = z.output<typeof citation>;

/** Body of the answer to `POST /query`. */
export const queryResponse = z.object({
  answer: z.string(),
  citations: z.array(citation),
  cached: z.boolean(),
  model: z.string(),
  variant: z.string(),
  degradation: z.enum(degradationModes),
  tokens: z.object({ input: z.int(), output: z.int() }),
  cost_usd: z.number(),
  request_id: z.string(),
  trace_id: z.string(),
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
