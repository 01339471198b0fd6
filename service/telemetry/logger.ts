import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Config } from '../contract/config.ts';
import { LogFile } from './log-file.ts';
import { redactLine } from './redaction.ts';
import { StandardOutput } from './standard-output.ts';

export type { Logger } from 'pino';

/** What the log needs of the configuration. */
export type LogConfig = Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT' | 'SERVICE_NAME'>;

/** The log of the service, some lines of which may still be on their way. */
export interface OpenLog {
  readonly log: Logger;
  /** Waits until the lines so far are where they belong. To be awaited before the process exits. Never fails. */
  close(): Promise<void>;
}

/** Takes each line beside where the log goes. What it needs to know of a line, it gets as pino's metadata. */
export interface LogCopy extends DestinationStream {
  /** Waits until the lines so far are on their way, for less than a second. Never fails. */
  close(): Promise<void>;
}

/**
 * Opens the log of the service: `LOG_FILE` where it is set, else standard output. A file that fails later on stops
 * nothing: the log says so and goes on at standard output.
 *
 * @param copy takes each line as JSON too, whatever `LOG_FORMAT` says.
 * @throws {LogFileError} when the file cannot be written.
 */
export async function openLog(
  config: LogConfig & Pick<Config, 'LOG_FILE' | 'LOG_FILE_MAX_BYTES' | 'LOG_FILE_COUNT'>,
  version: string,
  copy?: LogCopy,
): Promise<OpenLog> {
  const fallback = new StandardOutput();
  process.on('exit', () => fallback.writeHeld());
  if (config.LOG_FILE === undefined) {
    return { log: createLogger(config, version, fallback, copy), close: async () => copy?.close() };
  }
  const path = config.LOG_FILE;
  const file = await LogFile.open({
    config,
    path,
    fallback,
    onFailure: (err) => log.error({ err }, 'LOG_FILE cannot be written: the log goes to standard output until it can'),
    onRecovery: () => {
      log.info('LOG_FILE is written again');
      // What kept the file from being written may have kept standard output too.
      fallback.writeHeld();
    },
  });
  const log = createLogger(config, version, file, copy);
  const close = async () => {
    await Promise.all([file.close(), copy?.close()]);
  };
  return { log, close };
}

/**
 * A log: one JSON object a line with `time` (ISO 8601), `level`, `service`, `version` and `msg`, or lines for people
 * with `LOG_FORMAT=text`. Errors are logged by name, message and stack. No line holds a secret, as far as
 * {@link redactLine} knows one.
 *
 * @param destination where lines go; standard output when absent.
 * @param copy takes each line as JSON too, whatever `LOG_FORMAT` says.
 */
export function createLogger(
  config: LogConfig,
  version: string,
  destination: DestinationStream = new StandardOutput(),
  copy?: DestinationStream,
): Logger {
  const first = config.LOG_FORMAT === 'text' ? forPeople(destination) : destination;
  return pino(
    {
      level: config.LOG_LEVEL,
      base: { service: config.SERVICE_NAME, version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { err: serializeError },
      hooks: { streamWrite: redactLine },
    },
    copy ? pino.multistream([first, copy].map((stream) => ({ stream, level: 0 }))) : first,
  );
}

function forPeople(destination: DestinationStream): DestinationStream {
  const pretty = prettyFactory({ colorize: false, ignore: 'service,version' });
  return { write: (line) => destination.write(pretty(line)) };
}

function serializeError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  return { type: error.name, message: error.message, stack: error.stack ?? '' };
}
