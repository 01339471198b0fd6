import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../contract/config.ts';
import { redact } from './redaction.ts';

export type { Logger } from 'pino';

/** What the log needs of the configuration. */
export type LogConfig = Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT' | 'SERVICE_NAME'>;

/**
 * The service's log: one JSON object a line with `time` (ISO 8601), `level`, `service`, `version` and `msg`, or lines
 * for people with `LOG_FORMAT=text`. Errors are logged by name, redacted message and stack.
 *
 * @param destination where lines go; standard output when absent.
 */
export function createLogger(config: LogConfig, version: string, destination?: DestinationStream): Logger {
  const stream =
    config.LOG_FORMAT === 'text'
      ? pretty({ sync: true, colorize: false, ignore: 'service,version', ...(destination ? { destination } : {}) })
      : destination;
  const options = {
    level: config.LOG_LEVEL,
    base: { service: config.SERVICE_NAME, version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
  };
  return stream ? pino(options, stream) : pino(options);
}

function serializeError(error: unknown) {
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  return { type: error.name, message: redact(error.message), stack: redact(error.stack ?? '') };
}
