import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventStream, heartbeatMs } from './event-stream.ts';

/** A reply whose body nobody reads until told to, and what was done to it. */
function unreadReply() {
  const seen: {
    status?: number;
    headers?: Record<string, string>;
    body?: Readable;
    destroyed: boolean;
    idle?: { ms: number; onIdle: () => void };
  } = { destroyed: false };
  const reply = {
    code: (status: number) => {
      seen.status = status;
      return reply;
    },
    headers: (headers: Record<string, string>) => {
      seen.headers = headers;
      return reply;
    },
    send: (body: Readable) => {
      seen.body = body;
      return reply;
    },
    raw: {
      destroy: () => (seen.destroyed = true),
      setTimeout: (ms: number, onIdle: () => void) => (seen.idle = { ms, onIdle }),
    },
  };
  return { seen, reply: reply as unknown as FastifyReply };
}

/** All that can be read now. */
const read = (body: Readable | undefined) => String(body?.read() ?? '');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an event stream', () => {
  it('sends headers with its first event, and each event in lines of its own', () => {
    const { seen, reply } = unreadReply();
    const events = new EventStream(reply, () => undefined);
    expect(events.started).toBe(false);
    expect(seen.status).toBeUndefined();
    events.send('token', { text: 'a\nb' });
    expect(events.started).toBe(true);
    expect(seen.status).toBe(200);
    expect(seen.headers).toMatchObject({ 'Content-Type': 'text/event-stream; charset=utf-8' });
    events.send('done', {});
    expect(read(seen.body)).toBe('event: token\ndata: {"text":"a\\nb"}\n\nevent: done\ndata: {}\n\n');
  });

  it('begins with a heartbeat after 15 s without an event, so that headers go out', () => {
    const { seen, reply } = unreadReply();
    const events = new EventStream(reply, () => undefined);
    vi.advanceTimersByTime(14_999);
    expect(events.started).toBe(false);
    vi.advanceTimersByTime(1);
    expect(events.started).toBe(true);
    expect(seen.status).toBe(200);
    expect(read(seen.body)).toBe(': heartbeat\n\n');
  });

  it('is kept alive by a comment every 15 s, until it ends', () => {
    const { seen, reply } = unreadReply();
    const events = new EventStream(reply, () => undefined);
    events.send('token', { text: 'a' });
    read(seen.body);
    for (let beat = 0; beat < 10; beat += 1) {
      vi.advanceTimersByTime(heartbeatMs);
      expect(read(seen.body)).toBe(': heartbeat\n\n');
    }
    events.end();
    vi.advanceTimersByTime(10 * heartbeatMs);
    expect(read(seen.body)).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves nothing behind when it ends before anything was sent', () => {
    const { seen, reply } = unreadReply();
    new EventStream(reply, () => undefined).end();
    expect(seen.status).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a reader that stalls', () => {
  const much = 'x'.repeat(100_000);

  it('is closed after 30 s, and told as gone', () => {
    const { seen, reply } = unreadReply();
    const onStall = vi.fn();
    const events = new EventStream(reply, onStall);
    events.send('token', { text: much });
    vi.advanceTimersByTime(29_999);
    expect(seen.destroyed).toBe(false);
    expect(onStall).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onStall).toHaveBeenCalledTimes(1);
    expect(seen.destroyed).toBe(true);
    expect(seen.body?.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not given more time by further events, nor are heartbeats put before it', () => {
    const { seen, reply } = unreadReply();
    const events = new EventStream(reply, () => undefined);
    events.send('token', { text: much });
    const length = seen.body?.readableLength ?? 0;
    vi.advanceTimersByTime(heartbeatMs + 5_000);
    expect(seen.body?.readableLength).toBe(length);
    events.send('token', { text: 'more' });
    vi.advanceTimersByTime(10_000);
    expect(seen.destroyed).toBe(true);
  });

  it('is left alone when it reads again in time', () => {
    const { seen, reply } = unreadReply();
    const onStall = vi.fn();
    const events = new EventStream(reply, onStall);
    events.send('token', { text: much });
    vi.advanceTimersByTime(29_000);
    expect(read(seen.body)).toContain(much);
    vi.advanceTimersByTime(60_000);
    expect(onStall).not.toHaveBeenCalled();
    expect(seen.destroyed).toBe(false);
  });

  it('is closed after 30 s too when all has been sent and it does not take the rest', () => {
    const { seen, reply } = unreadReply();
    const events = new EventStream(reply, () => undefined);
    events.send('done', {});
    events.end();
    expect(seen.idle?.ms).toBe(30_000);
    seen.idle?.onIdle();
    expect(seen.destroyed).toBe(true);
  });
});
