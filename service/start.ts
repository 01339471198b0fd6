import { variables, type Config } from './contract/config.ts';
import { badConfigurationExitCode, ConfigError, parseConfig } from './contract/parse-config.ts';
import { buildApp } from './app.ts';
import { readModelTable } from './composition/model-table.ts';
import type { ModelTable } from './contract/models.ts';
import { CorpusError } from './ingest/corpus.ts';
import { UpstreamError } from './resilience/upstream-error.ts';
import { shutDownOnSignal } from './shutdown.ts';
import { createServices, type Services } from './services.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { version } from './version.ts';

// Documents are for the service alone to read.
process.umask(0o077);
const { config, modelTable } = readConfig();
const log = createLogger(config, config.SERVICE_VERSION ?? version);
logWhatNobodyCaught(log);
warnOfPending(config, log);

let services: Services | undefined;
try {
  services = createServices({ config, modelTable, log });
  const app = await buildApp(services);
  shutDownOnSignal(app, services);
  await app.listen({ host: config.HOST, port: config.PORT });
  await services.start();
  log.info({ instance: services.instance, host: config.HOST, port: config.PORT }, 'ready');
} catch (err) {
  // A signal during the start closes what the start still works with.
  if (services?.lifecycle.state !== 'draining') {
    log.fatal({ err }, startFailure(err));
    process.exit(1);
  }
}

function readConfig(): { config: Config; modelTable: ModelTable } {
  try {
    const config = parseConfig(process.env);
    return { config, modelTable: readModelTable(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const format = process.env['LOG_FORMAT'] === 'text' ? 'text' : 'json';
    const early = createLogger({ LOG_LEVEL: 'fatal', LOG_FORMAT: format, SERVICE_NAME: 'ballast' }, version);
    early.fatal({ problems: error.problems }, error.message);
    process.exit(badConfigurationExitCode);
  }
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

function logWhatNobodyCaught(log: Logger): void {
  process.on('warning', (err) => {
    // node:sqlite is a release candidate in Node 24 and says so at each start.
    if (err.name !== 'ExperimentalWarning') log.warn({ err }, 'warning of the runtime');
  });
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'nobody caught this error: the process ends');
    process.exit(1);
  });
}

/** A variable that is set and does nothing would be a silent surprise. */
function warnOfPending(config: Config, log: Logger): void {
  for (const { name, meta } of variables()) {
    if (meta.pending === undefined || !process.env[name]) continue;
    log.warn({ variable: name }, `${name} is set, but has no effect in this version: it belongs to ${meta.pending}`);
  }
}
