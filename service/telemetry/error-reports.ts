import type { Config } from '../contract/config.ts';
import type { Incident, IncidentPlace } from './incidents.ts';
import type { Logger } from './logger.ts';

/** Tells somebody else of incidents. */
export interface ErrorReports {
  /** Reports an error of an incident. Neither waits nor fails. */
  report(error: Error, incident: Incident, place: IncidentPlace): void;
  /** Sends what is under way, as far as that can be done in half a second. Never fails. */
  close(): Promise<void>;
}

/** Milliseconds that the end of a process waits for reports, at most. */
const closeMs = 500;

/**
 * Reports to Sentry where `SENTRY_DSN` says so; `undefined` where it does not. Sentry's code is loaded then only: it
 * takes about 200 ms and 25 MB.
 */
export function createErrorReports(config: Config, version: string, log: Logger): ErrorReports | undefined {
  const { SENTRY_DSN: dsn, ENVIRONMENT: environment } = config;
  if (dsn === undefined) return undefined;
  const loading = import('./sentry-client.ts')
    .then(({ SentryClient }) => new SentryClient({ dsn, environment, release: version, log }))
    .catch((err: unknown) => {
      log.warn({ err }, 'incidents cannot be reported to Sentry: its code cannot be loaded');
      return undefined;
    });
  return {
    report: (error, incident, place) => {
      // A copy: what is reported is what was seen now, whatever happens until the code is loaded.
      const seen = { ...incident };
      void loading
        .then((client) => client?.report(error, seen, place))
        // Without the reason: what broke here is the error itself, or what Sentry's code makes of it.
        .catch(() => log.warn({ incident: seen.fingerprint }, 'this incident cannot be reported to Sentry'));
    },
    close: () => loading.then((client) => client?.close(closeMs)).catch(() => undefined),
  };
}
