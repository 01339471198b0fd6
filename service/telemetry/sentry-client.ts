import { createStackParser, Scope } from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import type { Incident, IncidentPlace } from './incidents.ts';
import type { Logger } from './logger.ts';
import { sentryEvent } from './sentry-event.ts';
import { SentryTransport } from './sentry-transport.ts';

/** How a {@link SentryClient} is made. */
export interface SentryClientOptions {
  /** `https://PUBLIC_KEY@HOST/PROJECT_ID`. */
  readonly dsn: string;
  readonly environment: string;
  readonly release: string;
  readonly log: Logger;
}

/**
 * Sends incidents to Sentry by the core of its SDK, without what other packages of the SDK add: nothing is instrumented,
 * and an event holds what {@link sentryEvent} puts into it.
 */
export class SentryClient {
  readonly #client: ServerRuntimeClient;
  readonly #transport: SentryTransport;

  constructor({ log, ...options }: SentryClientOptions) {
    this.#transport = new SentryTransport(options.dsn, log);
    this.#client = new ServerRuntimeClient({
      ...options,
      platform: 'node',
      integrations: [],
      // No spans leave by Sentry.
      traceLifecycle: 'static',
      stackParser: createStackParser(nodeStackLineParser()),
      transport: this.#transport.create,
      transportOptions: { bufferSize: this.#transport.maxInFlight },
    });
  }

  /** Sends an event, unless too many are under way. */
  report(error: Error, incident: Incident, place: IncidentPlace): void {
    const scope = new Scope();
    if (place.span) scope.setPropagationContext({ traceId: place.span.traceId, sampleRand: 0 });
    const { stackParser } = this.#client.getOptions();
    this.#client.captureEvent(sentryEvent(error, incident, place, stackParser), {}, scope);
  }

  /** Waits for what is under way, for some milliseconds at most, and closes the connections. */
  async close(milliseconds: number): Promise<void> {
    await this.#client.close(milliseconds);
    await this.#transport.close();
  }
}
