import { relative, resolve } from 'node:path';
import type { Event, Exception, StackFrame, StackParser } from '@sentry/core';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { chainOf, framesIn, messageOf, nameOf } from './error-signature.ts';
import type { Incident, IncidentPlace } from './incidents.ts';
import { redact } from './redaction.ts';

const serviceFolder = resolve(import.meta.dirname, '..');

const levels = { unexpected: 'error', failed: 'warning', uncaught: 'fatal' } as const;

/**
 * An incident as Sentry takes it. It holds nothing of the request but its ID and route, no source and no variable's value.
 *
 * @see https://develop.sentry.dev/sdk/data-model/event-payloads/
 */
export function sentryEvent(error: Error, incident: Incident, place: IncidentPlace, parse: StackParser): Event {
  const { fingerprint, route, dependency, count, first_seen } = incident;
  return {
    level: levels[place.kind],
    fingerprint: [fingerprint],
    exception: { values: exceptionsOf(error, place, parse) },
    tags: {
      route,
      ...(dependency === null ? {} : { dependency }),
      ...(place.requestId === undefined ? {} : { request_id: place.requestId }),
    },
    contexts: {
      incident: { count, first_seen },
      ...(place.span === undefined ? {} : { trace: { trace_id: place.span.traceId, span_id: place.span.spanId } }),
    },
  };
}

/** The error and its causes, the first cause first. */
function exceptionsOf(error: Error, { kind }: IncidentPlace, parse: StackParser): Exception[] {
  const mechanism = { type: 'generic', handled: kind !== 'uncaught' };
  return chainOf(error)
    .map((link): Exception => {
      const own = link === error;
      // What other errors in the chain say may be an upstream's words, or a client's.
      const value = own || link instanceof UpstreamError ? messageOf(link) : '';
      const frames = framesOf(link, parse);
      return {
        type: nameOf(link),
        value,
        ...(frames.length === 0 ? {} : { stacktrace: { frames } }),
        ...(own ? { mechanism } : {}),
      };
    })
    .reverse();
}

/** The frames of a stack, with paths as seen from the service's folder. */
function framesOf(error: Error, parse: StackParser): StackFrame[] {
  return parse(redact(framesIn(error).join('\n'))).map(({ filename, function: name, lineno, colno, in_app }) => ({
    ...(filename === undefined
      ? {}
      : { filename: filename.startsWith('/') ? relative(serviceFolder, filename) : filename }),
    ...(name === undefined ? {} : { function: name }),
    ...(lineno === undefined ? {} : { lineno }),
    ...(colno === undefined ? {} : { colno }),
    ...(in_app === undefined ? {} : { in_app }),
  }));
}
