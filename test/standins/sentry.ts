import type { ErrorEvent } from '@sentry/core';
import type { StandinAnswer } from './answer.ts';
import type { Fault } from './faults.ts';
import { startStandin, type Standin, type StandinOptions, type StandinRequest } from './standin.ts';

/** A running receiver of Sentry's envelopes, for one project. */
export interface SentryStandin extends Standin<Fault> {
  /** What a client is to send to. */
  readonly dsn: string;
  /** Events so far, in the order they came. */
  readonly events: readonly ErrorEvent[];
  /** The requests that brought them, as they came: address, headers and body. */
  readonly received: readonly string[];
}

const project = 42;
const key = 'publickey';

/**
 * Receives envelopes as Sentry does, at `/api/42/envelope/`, with the project's public key in the address. What meets a
 * fault is counted, not kept.
 *
 * @see https://develop.sentry.dev/sdk/data-model/envelopes/
 */
export async function startSentryStandin(port: Pick<StandinOptions<Fault>, 'port'> = {}): Promise<SentryStandin> {
  const events: ErrorEvent[] = [];
  const received: string[] = [];

  function answer({ method, path, url, headers, raw }: StandinRequest): StandinAnswer {
    if (method !== 'POST' || path !== `/api/${project}/envelope/`) return { status: 404, body: {} };
    if (new URL(url, 'http://standin').searchParams.get('sentry_key') !== key) return { status: 403, body: {} };
    const event = eventIn(raw.toString());
    if (event === undefined) return { status: 400, body: { detail: 'no envelope with one event' } };
    events.push(event);
    received.push([url, JSON.stringify(headers), raw.toString()].join('\n'));
    return { status: 200, body: { id: event.event_id } };
  }

  const standin = await startStandin({ name: 'sentry', ...port, answer });
  const dsn = standin.url.replace('//', `//${key}@`) + `/${project}`;
  // Its counters are getters: they are to stay so.
  return Object.defineProperties(standin, {
    dsn: { value: dsn },
    events: { value: events },
    received: { value: received },
  }) as SentryStandin;
}

/** The event of an envelope: lines of JSON, which are its header, the header of its one item, and the item. */
function eventIn(envelope: string): ErrorEvent | undefined {
  const [header, itemHeader, item, ...more] = envelope.split('\n').filter((line) => line !== '');
  if (header === undefined || itemHeader === undefined || item === undefined || more.length > 0) return undefined;
  try {
    const { event_id } = JSON.parse(header) as { event_id?: string };
    const { type } = JSON.parse(itemHeader) as { type?: string };
    const event = JSON.parse(item) as ErrorEvent;
    return type === 'event' && event_id !== undefined && event.event_id === event_id ? event : undefined;
  } catch {
    return undefined;
  }
}
