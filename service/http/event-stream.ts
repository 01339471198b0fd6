import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** How often a comment is sent so that proxies keep an idle stream open, and after which headers go out at the latest. */
export const heartbeatMs = 15_000;

/** A reader that takes nothing for this long is closed. */
const stallMs = 30_000;

/** Server-sent events (HTML Living Standard, 9.2) as the body of a reply. */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #onStall: () => void;
  readonly #body: Readable;
  readonly #heartbeat: NodeJS.Timeout;
  #stall: NodeJS.Timeout | undefined;
  #started = false;

  /** @param onStall is called when the reader takes nothing for 30 s; its connection is then closed. */
  constructor(reply: FastifyReply, onStall: () => void) {
    this.#reply = reply;
    this.#onStall = onStall;
    this.#body = new Readable({ read: () => this.#moved() });
    // Its errors are those of a connection that is gone, which the reply's own events tell.
    this.#body.on('error', () => undefined);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
  }

  /** Whether headers have gone out, so that an error can no longer be a status. */
  get started(): boolean {
    return this.#started;
  }

  /** Sends one event; the first one sends the headers before. */
  send(event: 'token' | 'citation' | 'done' | 'error', data: unknown): void {
    this.#push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream. */
  end(): void {
    clearInterval(this.#heartbeat);
    if (!this.#started || this.#body.destroyed) return;
    this.#body.push(null);
    // What is left is in the hands of the socket, which counts as idle while nobody reads.
    this.#reply.raw.setTimeout(stallMs, () => this.#reply.raw.destroy());
  }

  /** Drops the stream, because its reader is gone. */
  destroy(): void {
    clearInterval(this.#heartbeat);
    this.#moved();
    this.#body.destroy();
  }

  #beat(): void {
    // Not over a reader that has stalled: what it has not taken would only grow.
    if (this.#stall === undefined) this.#push(': heartbeat\n\n');
  }

  #push(text: string): void {
    if (this.#body.destroyed) return;
    if (!this.#started) this.#start();
    if (this.#body.push(text)) return;
    this.#stall ??= setTimeout(() => {
      this.#onStall();
      this.destroy();
      this.#reply.raw.destroy();
    }, stallMs);
  }

  #moved(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #start(): void {
    this.#started = true;
    void this.#reply
      .code(200)
      .headers({
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      })
      .send(this.#body);
  }
}
