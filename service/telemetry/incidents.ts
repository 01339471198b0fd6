import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { redact } from './redaction.ts';

/** An unexpected error as it is grouped: same class, route and message, numbers and IDs aside. */
export interface Incident {
  readonly fingerprint: string;
  readonly error: string;
  readonly message: string;
  readonly route: string;
  count: number;
  readonly first_seen: string;
  last_seen: string;
  /** The last few requests it happened in, newest last. */
  readonly request_ids: string[];
}

const maxIncidents = 100;
const maxRequestIds = 5;

/** Groups unexpected errors by fingerprint; holds the 100 groups seen last. */
export class IncidentLog {
  readonly #incidents = new LRUCache<string, Incident>({ max: maxIncidents });

  /** Records one error. Returns the incident it belongs to. */
  record(error: Error, route: string, requestId: string, now = new Date()): Incident {
    const message = redact(error.message);
    const fingerprint = createHash('sha256')
      .update(`${error.name}\n${route}\n${normalise(message)}`)
      .digest('hex')
      .slice(0, 16);
    const time = now.toISOString();
    const incident = this.#incidents.get(fingerprint) ?? {
      fingerprint,
      error: error.name,
      message,
      route,
      count: 0,
      first_seen: time,
      last_seen: time,
      request_ids: [],
    };
    incident.count += 1;
    incident.last_seen = time;
    incident.request_ids.push(requestId);
    if (incident.request_ids.length > maxRequestIds) incident.request_ids.shift();
    this.#incidents.set(fingerprint, incident);
    return incident;
  }

  /** The incidents, last seen first. */
  list(): readonly Incident[] {
    return [...this.#incidents.values()];
  }
}

function normalise(message: string): string {
  return message.replace(/[0-9a-f]{8,}|\d+/gi, '#');
}
