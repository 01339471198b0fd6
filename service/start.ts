import { randomUUID } from 'node:crypto';
import type { Config } from './contract/config.ts';
import { badConfigurationExitCode, ConfigError, parseConfig } from './contract/parse-config.ts';
import { buildApp } from './app.ts';
import { readModelTable } from './composition/model-table.ts';
import type { ModelTable } from './contract/models.ts';
import { CorpusError } from './ingest/corpus.ts';
import { UpstreamError } from './resilience/upstream-error.ts';
import { shutDownOnSignal } from './shutdown.ts';
import { createServices, type Services } from './services.ts';
import { LogFileError } from './telemetry/log-file.ts';
import { createLogger, openLog, type LogConfig, type Logger, type OpenLog } from './telemetry/logger.ts';
import { createOtlpLogs } from './telemetry/otlp-logs.ts';
import { endWhenUncaught } from './uncaught.ts';
import { version as packageVersion, versionOf } from './version.ts';

// Documents are for the service alone to read.
process.umask(0o077);
const { config, modelTable } = readConfig();
const version = versionOf(config);
const instance = randomUUID();
const otlpLogs = createOtlpLogs(config, version, instance);
const opened = await openLogOrEnd();
const { log } = opened;
let services: Services | undefined;
endWhenUncaught(opened, () => services);
logWarnings(log);

try {
  services = createServices({ config, modelTable, log, instance, otlpLogs });
  const app = await buildApp(services);
  shutDownOnSignal(app, services, opened);
  // For the name Fastify would make a second server, for ::1, which nothing else here knows of.
  const host = config.HOST === 'localhost' ? '127.0.0.1' : config.HOST;
  await app.listen({ host, port: config.PORT });
  await services.start();
  log.info({ instance: services.instance, host: config.HOST, port: config.PORT }, 'ready');
} catch (err) {
  // A signal during the start closes what the start still works with.
  if (services?.lifecycle.state !== 'draining') {
    log.fatal({ err }, startFailure(err));
    await opened.close();
    process.exit(1);
  }
}

function readConfig(): { config: Config; modelTable: ModelTable } {
  try {
    const config = parseConfig(process.env);
    return { config, modelTable: readModelTable(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const LOG_FORMAT = process.env['LOG_FORMAT'] === 'text' ? 'text' : 'json';
    earlyLog({ LOG_FORMAT, SERVICE_NAME: 'ballast' }).fatal({ problems: error.problems }, error.message);
    process.exit(badConfigurationExitCode);
  }
}

async function openLogOrEnd(): Promise<OpenLog> {
  try {
    return await openLog(config, version, otlpLogs);
  } catch (error) {
    if (!(error instanceof LogFileError)) throw error;
    earlyLog(config).fatal(error.message);
    process.exit(1);
  }
}

/** Writes to standard output what cannot be where the log belongs. */
function earlyLog(config: Omit<LogConfig, 'LOG_LEVEL'>): Logger {
  return createLogger({ ...config, LOG_LEVEL: 'fatal' }, packageVersion);
}

function startFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${config.PORT} on ${config.HOST} is in use: stop what uses it, or set PORT`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST ${config.HOST} is no address of this machine`;
  if (code === 'ERR_SQLITE_ERROR') return `the document database in DATA_DIR ${config.DATA_DIR} cannot be used`;
  if (code === 'EACCES')
    return `port ${config.PORT} on ${config.HOST} may not be used by this user: set PORT above 1023`;
  const says = error instanceof CorpusError || error instanceof UpstreamError;
  return says ? error.message : 'the service could not start';
}

function logWarnings(log: Logger): void {
  process.on('warning', (err) => {
    // node:sqlite is a release candidate in Node 24 and says so at each start.
    if (err.name !== 'ExperimentalWarning') log.warn({ err }, 'warning of the runtime');
  });
}
