import type { SpanContext } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import { signatureOf, upstreamErrorIn } from './error-signature.ts';
import type { ErrorReports } from './error-reports.ts';
import type { Logger } from './logger.ts';

/** Errors of one kind: of the same class, route, dependency and message, numbers and the like aside. */
export interface Incident {
  readonly fingerprint: string;
  readonly error: string;
  /** As it was seen first, redacted. */
  readonly message: string;
  readonly route: string;
  /** The upstream that failed; `null` when none did. */
  readonly dependency: string | null;
  count: number;
  readonly first_seen: string;
  last_seen: string;
  /** The last few requests it happened in, newest last. */
  readonly request_ids: string[];
  /** The trace of the last one; `null` outside of requests. */
  trace_id: string | null;
}

/**
 * How an error became an incident.
 *
 * - `unexpected`: nobody expected it, so it is a bug; a request was answered 500, or a stale answer was not renewed.
 * - `failed`: a request was answered 503 or 504, or its stream ended so, because of what the service needs, not because
 *   of its client.
 * - `uncaught`: nobody caught it, and the process ends.
 */
export type IncidentKind = 'unexpected' | 'failed' | 'uncaught';

/** Where an error was met. */
export interface IncidentPlace {
  readonly kind: IncidentKind;
  /** A route as it is registered, `renewal`, or `process`. */
  readonly route: string;
  readonly requestId?: string;
  /** The request's span. */
  readonly span?: Pick<SpanContext, 'traceId' | 'spanId'>;
}

/** Where an incident is logged. */
export type IncidentLogger = Pick<Logger, 'warn' | 'error' | 'fatal'>;

/** What incidents work with. */
export interface IncidentParts {
  /** Counts what is recorded. */
  readonly counter: { inc(): void };
  /** Absent when incidents are reported nowhere. */
  readonly reports?: ErrorReports | undefined;
}

/** An incident, and when it is to be logged or reported again, in milliseconds since 1970. */
interface Group {
  readonly incident: Incident;
  nextReportAt: number;
}

const maxIncidents = 100;
const maxRequestIds = 5;

/** Milliseconds. A failing dependency meets each request, and is one piece of news. */
const reportIntervalMs = 60_000;

const lines = {
  unexpected: { level: 'error', text: 'unexpected error' },
  failed: { level: 'warn', text: 'a request could not be answered; of this incident a line a minute is logged' },
  uncaught: { level: 'fatal', text: 'nobody caught this error: the process ends' },
} as const;

/** Groups errors by fingerprint, counts, logs and reports them; holds the 100 groups seen last. */
export class Incidents {
  readonly #groups = new LRUCache<string, Group>({ max: maxIncidents });
  readonly #parts: IncidentParts;

  constructor(parts: IncidentParts) {
    this.#parts = parts;
  }

  /**
   * Records one error. It is reported at most once a minute for each incident; so is what `failed` logged, while the
   * other kinds are always logged.
   *
   * @param log the request's own, where there is one.
   * @returns the incident it belongs to.
   */
  record(error: Error, place: IncidentPlace, log: IncidentLogger, now = new Date()): Incident {
    const { counter, reports } = this.#parts;
    counter.inc();
    const group = this.#groupOf(error, place, now);
    const { incident } = group;
    const due = now.getTime() >= group.nextReportAt;
    if (due || place.kind !== 'failed') logIncident(error, incident, place, log);
    if (due) {
      group.nextReportAt = now.getTime() + reportIntervalMs;
      reports?.report(error, incident, place);
    }
    return incident;
  }

  /** The incidents, last seen first. */
  list(): readonly Incident[] {
    return [...this.#groups.values()].map(({ incident }) => incident);
  }

  /** Sends the reports that are still under way, as far as that can be done in half a second. Never fails. */
  async close(): Promise<void> {
    await this.#parts.reports?.close();
  }

  #groupOf(error: Error, { route, requestId, span }: IncidentPlace, now: Date): Group {
    const signature = signatureOf(error, route);
    const time = now.toISOString();
    const first = { count: 0, first_seen: time, last_seen: time, request_ids: [], trace_id: null };
    const group = this.#groups.get(signature.fingerprint) ?? {
      incident: { ...signature, route, ...first },
      nextReportAt: 0,
    };
    const { incident } = group;
    incident.count += 1;
    incident.last_seen = time;
    if (requestId !== undefined) incident.request_ids.push(requestId);
    if (incident.request_ids.length > maxRequestIds) incident.request_ids.shift();
    if (span !== undefined) incident.trace_id = span.traceId;
    this.#groups.set(signature.fingerprint, group);
    return group;
  }
}

function logIncident(
  error: Error,
  { fingerprint, dependency }: Incident,
  { kind, span }: IncidentPlace,
  log: IncidentLogger,
): void {
  const { level, text } = lines[kind];
  const upstream = upstreamErrorIn(error);
  log[level](
    {
      err: error,
      incident: fingerprint,
      ...(span === undefined ? {} : { trace_id: span.traceId }),
      ...(upstream === undefined ? {} : { dependency, cause: upstream.message }),
    },
    text,
  );
}
