import { z } from 'zod';
import { degradationModes, errorTypes, modes, priorities } from './metrics.ts';

/** From the least severe on. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

/** What each line of the log has. Lines about events have further fields, which are their own. */
export const logLine = z.object({
  time: z.iso.datetime({ precision: 3 }).describe('When it was logged: ISO 8601 in UTC, with milliseconds'),
  level: z.enum(logLevels),
  service: z.string().describe('`SERVICE_NAME`'),
  version: z.string().describe('`SERVICE_VERSION`, or the version of the package'),
  msg: z.string().describe('What happened, in words'),
});

/** The one line of a request, written when it is over. A field that does not apply to the request is absent. */
export const requestLine = z.strictObject({
  ...logLine.shape,
  msg: z.literal('request'),
  request_id: z.string().describe('The `X-Request-Id` of the answer'),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe('The W3C trace that the request belongs to'),
  tenant: z.string().optional().describe('Whose token it was'),
  method: z.string().optional(),
  route: z.string().describe('The route as it is registered, such as `/v1/documents/:id`; `unknown` without one'),
  status: z.int().min(100).max(599).describe('Of the answer; 499 when the client left before it had all of it'),
  duration_ms: z.number().nonnegative().optional().describe('From the head of the request to the end of the answer'),
  mode: z.enum(modes).optional(),
  priority: z.enum(priorities).optional(),
  variant: z.string().optional(),
  model: z.string().optional().describe('Which model answered'),
  degradation: z.enum(degradationModes).optional(),
  tokens: z.int().nonnegative().optional().describe('That were paid for, both kinds together'),
  input_tokens: z.int().nonnegative().optional(),
  output_tokens: z.int().nonnegative().optional(),
  cost_usd: z.number().nonnegative().optional(),
  cache: z.enum(['hit', 'miss']).optional().describe('Whether the answer was a stored one'),
  error: z.enum(errorTypes).optional().describe('What went wrong, as `rag_errors_total` counts it'),
  incident: z.string().optional().describe('Fingerprint of the incident that `GET /incidents` tells more of'),
});

/** The one line of a request. */
export type RequestLine = z.output<typeof requestLine>;
