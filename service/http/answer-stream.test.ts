import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueryResponse } from '../contract/schemas.ts';
import { testMetrics } from '../models/testing.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { streamAnswer } from './answer-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A stream with 60 s to its first token, whose tokens come when the test says so. */
function stream() {
  const reply = {
    code: () => reply,
    headers: () => reply,
    send: (body: Readable) => body.resume(),
    raw: { destroy: () => undefined, setTimeout: () => undefined },
  };
  const deadline = new Deadline(60_000);
  let write: (text: string) => void = () => undefined;
  const streamed = streamAnswer({
    request: { id: 'r', routeOptions: { url: '/query' }, summary: {} } as unknown as FastifyRequest,
    reply: reply as unknown as FastifyReply,
    deadline,
    run: (onText) => {
      write = onText ?? write;
      return new Promise<QueryResponse>((_, reject) => {
        deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason as Error));
      });
    },
    inPieces: true,
    services: testMetrics() as unknown as Services,
  }).catch((error: unknown) => error);
  return { deadline, write: (text: string) => write(text), streamed };
}

/** Why its time is over; `undefined` while it is not. */
const overOf = ({ signal }: Deadline) => (signal.aborted ? (signal.reason as Error).message : undefined);

describe('the time of a stream', () => {
  it('is that of the request until the first token', async () => {
    const { deadline, streamed } = stream();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(overOf(deadline)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(overOf(deadline)).toBe('no answer within 60 s');
    await streamed;
  });

  it('is over when no token comes for 30 s', async () => {
    const { deadline, write, streamed } = stream();
    for (let written = 0; written < 5; written += 1) {
      write('a');
      await vi.advanceTimersByTimeAsync(29_999);
      expect(overOf(deadline)).toBeUndefined();
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(overOf(deadline)).toBe('the stream paused for 30 s');
    await streamed;
  });

  it('is over after 300 s, though tokens come all the time', async () => {
    const { deadline, write, streamed } = stream();
    for (let written = 0; written < 15; written += 1) {
      write('a');
      expect(overOf(deadline)).toBeUndefined();
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(overOf(deadline)).toBe('the stream took longer than 300 s');
    await streamed;
  });
});
