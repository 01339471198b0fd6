import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { slownessMs, type Fault } from './faults.ts';

/** What a stand-in answers. */
export interface StandinAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is a string or an async iterable of strings or bytes, which are sent one by one. */
  readonly body: unknown;
}

/** An answer on its way to a client. */
export interface Delivery {
  readonly response: ServerResponse;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** What is answered when the fault allows it. */
  readonly answer: () => StandinAnswer | Promise<StandinAnswer>;
  /** How many were slow before this one. */
  readonly slowed: number;
  /** Ends the connection as the fault wants it. */
  readonly cut: (how: 'destroy' | 'resetAndDestroy') => void;
}

/** Answers, with one of the faults that every stand-in has. */
export async function deliver(fault: Fault, { response, signal, answer, slowed, cut }: Delivery): Promise<void> {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      cut('resetAndDestroy');
      return;
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter));
      await send(response, { status: fault.status, body: fault.body ?? { error: { message: 'of the stand-in' } } });
      return;
    case 'bad_json':
      await send(response, { status: 200, body: '{"object": "stand-in", "unfinished": [1, 2' });
      return;
    case 'wrong_schema':
      await send(response, { status: 200, body: { standin: 'of another shape' } });
      return;
    case 'slow':
      await delay(slownessMs(fault, slowed), undefined, { signal });
      await send(response, await answer());
      return;
    case 'hang_body':
      await sendPart(response, await answer(), fault.afterBytes ?? 0);
      return;
    case 'truncate':
      await sendPart(response, await answer(), fault.afterBytes);
      cut('destroy');
      return;
    case 'none':
    case 'refuse':
      await send(response, await answer());
  }
}

/** Sends the whole answer. */
export async function send(response: ServerResponse, answer: StandinAnswer): Promise<void> {
  const body = bodyOf(answer);
  begin(response, answer, body);
  for await (const piece of typeof body === 'string' ? [body] : body) await write(response, piece);
  response.end();
}

/** Sends the headers and the first bytes: half of the body, or its first piece, unless it is said how many. */
async function sendPart(response: ServerResponse, answer: StandinAnswer, bytes: number | undefined): Promise<void> {
  const body = bodyOf(answer);
  begin(response, answer, body);
  let left = bytes ?? (typeof body === 'string' ? Math.floor(Buffer.byteLength(body) / 2) : undefined);
  if (left === 0) return;
  for await (const piece of typeof body === 'string' ? [body] : body) {
    const part = Buffer.from(piece).subarray(0, left);
    await write(response, part);
    left = (left ?? part.length) - part.length;
    if (left <= 0) return;
  }
}

function bodyOf({ body }: StandinAnswer): string | AsyncIterable<string | Buffer> {
  if (typeof body === 'string') return body;
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
    return body as AsyncIterable<string | Buffer>;
  return JSON.stringify(body);
}

function begin(
  response: ServerResponse,
  { status, headers }: StandinAnswer,
  body: string | AsyncIterable<string | Buffer>,
) {
  const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  response.flushHeaders();
}

/** Writes, and waits until it is on its way. */
function write(response: ServerResponse, part: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(part, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
