import { gunzipSync } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'undici';
import type { StandinAnswer } from './answer.ts';
import type { Fault } from './faults.ts';
import { decodeLogs, decodeSpans, type ReceivedLog, type ReceivedSpan } from './otlp-messages.ts';
import { startStandin, type Standin, type StandinOptions, type StandinRequest } from './standin.ts';

/** How a {@link startOtlpStandin} is started. */
export interface OtlpOptions extends Pick<StandinOptions<Fault>, 'port'> {
  /** Another receiver that gets the same traces, and whose status is answered; its logs are not its own to get. */
  readonly relayTraces?: {
    /** With its path, such as `http://127.0.0.1:5000/v1/traces`. */
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** A running receiver of OTLP over HTTP. */
export interface OtlpStandin extends Standin<Fault> {
  /** All spans so far, in the order they came. */
  readonly spans: readonly ReceivedSpan[];
  /** All log records so far, in the order they came. */
  readonly logs: readonly ReceivedLog[];
  /** The same as it came: protobuf, not compressed. */
  readonly bodies: readonly Buffer[];
  /** Headers of each request that was not met by a fault. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** The spans of one trace. */
  readonly trace: (traceId: string) => ReceivedSpan[];
}

/**
 * Receives OTLP over HTTP as a collector does: protobuf on `/v1/traces` and `/v1/logs`. What meets a fault is counted,
 * not kept. `setFault(fault, { only: '/v1/logs' })` is for one signal.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function startOtlpStandin({ relayTraces, ...port }: OtlpOptions = {}): Promise<OtlpStandin> {
  const spans: ReceivedSpan[] = [];
  const logs: ReceivedLog[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const bodies: Buffer[] = [];

  async function answer(received: StandinRequest): Promise<StandinAnswer> {
    const { method, path } = received;
    if (method !== 'POST' || (path !== '/v1/traces' && path !== '/v1/logs')) return { status: 404, body: '' };
    if (received.headers['content-type'] !== 'application/x-protobuf') return { status: 415, body: '' };
    const body = received.headers['content-encoding'] === 'gzip' ? gunzipSync(received.raw) : received.raw;
    try {
      if (path === '/v1/traces') spans.push(...decodeSpans(body));
      else logs.push(...decodeLogs(body));
    } catch (error) {
      return { status: 400, body: (error as Error).message };
    }
    headers.push(received.headers);
    bodies.push(body);
    if (relayTraces === undefined || path !== '/v1/traces') return accepted(200);
    const relayed = await request(relayTraces.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...relayTraces.headers },
      body,
    });
    await relayed.body.dump();
    return accepted(relayed.statusCode);
  }

  const standin = await startStandin({ name: 'stand-in for an OTLP collector', ...port, answer });
  // Its counters are getters: they are to stay so.
  return Object.defineProperties(standin, {
    spans: { value: spans },
    logs: { value: logs },
    headers: { value: headers },
    bodies: { value: bodies },
    trace: { value: (traceId: string) => spans.filter((span) => span.traceId === traceId) },
  }) as OtlpStandin;
}

/** The message that says that everything was taken has no fields, so no bytes. */
function accepted(status: number): StandinAnswer {
  return { status, headers: { 'content-type': 'application/x-protobuf' }, body: '' };
}

if (import.meta.main) {
  const { url, controlUrl } = await startOtlpStandin();
  console.log(JSON.stringify({ standin: 'otlp', url, controlUrl }));
}
