import { z } from 'zod';

const spend = z.object({
  requests: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.number(),
});

/** Body of `GET /costs`. */
export const costsResponse = z.object({
  since: z.string().describe('Start of this process; totals are its own'),
  total: spend,
  models: z.record(z.string(), spend),
  variants: z.record(z.string(), spend),
  tenants: z.record(z.string(), spend),
  budget: z
    .object({ limit_usd: z.number(), spent_usd: z.number(), reserved_usd: z.number() })
    .nullable()
    .describe("The own tenant's budget today (UTC), over all replicas; null without one"),
});

/** Body of `GET /config`: each variable's effective value, secrets as `[redacted]`. */
export const configResponse = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
);

/** Body of `GET /incidents`. */
export const incidentsResponse = z.object({
  incidents: z.array(
    z.object({
      fingerprint: z.string(),
      error: z.string(),
      message: z.string().describe('As it was seen first, without secrets'),
      route: z.string().describe('A route; outside of requests: renewal, of a stale answer, or process'),
      dependency: z.string().nullable().describe('The model or dependency that failed; null when none did'),
      count: z.int(),
      first_seen: z.string(),
      last_seen: z.string(),
      request_ids: z.array(z.string()).describe('The last 5, newest last'),
      trace_id: z.string().nullable().describe('Of the last request'),
    }),
  ),
});
