import { expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../../test/processes.ts';
import { startSentryStandin } from '../../test/standins/sentry.ts';
import { parseConfig } from '../contract/parse-config.ts';
import { jwtSecret } from '../testing.ts';
import { createErrorReports } from './error-reports.ts';
import { Incidents } from './incidents.ts';
import { createLogger } from './logger.ts';

const config = (env: Record<string, string> = {}) => parseConfig({ JWT_SECRET: jwtSecret, ...env });
const log = createLogger(config(), '0.0.0-test', { write: () => undefined });

it('without SENTRY_DSN nothing is reported', () => {
  expect(createErrorReports(config(), '1.2.3', log)).toBeUndefined();
});

it('an incident is reported as it was, even before the code for it is loaded, and at the end at the latest', async () => {
  const sentry = await startSentryStandin();
  onTestFinished(sentry.close);
  const reports = createErrorReports(config({ SENTRY_DSN: sentry.dsn, ENVIRONMENT: 'production' }), '1.2.3', log);
  const incidents = new Incidents({ counter: { inc: () => {} }, reports });
  for (let n = 0; n < 3; n += 1) incidents.record(new Error('a'), { kind: 'unexpected', route: '/query' }, log);
  await until('the report arrives', () => sentry.events.length === 1);
  expect(sentry.events[0]).toMatchObject({
    release: '1.2.3',
    environment: 'production',
    contexts: { incident: { count: 1 } },
  });

  incidents.record(new Error('b'), { kind: 'unexpected', route: '/query' }, log);
  await incidents.close();
  expect(sentry.events).toHaveLength(2);
});

const kept = () => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: createLogger(config(), '0.0.0-test', { write }) };
};

it('code for reports that cannot be loaded is said once, and breaks nothing', async () => {
  vi.doMock('./sentry-client.ts', () => ({
    SentryClient: function make() {
      throw new Error('cannot be made');
    },
  }));
  onTestFinished(() => {
    vi.doUnmock('./sentry-client.ts');
  });
  const { lines, log: ours } = kept();
  const reports = createErrorReports(config({ SENTRY_DSN: 'http://key@127.0.0.1:1/1' }), '1.2.3', ours);
  const incidents = new Incidents({ counter: { inc: () => {} }, reports });
  for (const message of ['a', 'b']) {
    incidents.record(new Error(message), { kind: 'failed', route: '/query' }, log);
  }
  await incidents.close();
  expect(lines).toMatchObject([{ level: 'warn', err: { message: 'cannot be made' } }]);
});

it('an error that cannot be reported is said, and breaks nothing', async () => {
  const sentry = await startSentryStandin();
  onTestFinished(sentry.close);
  const { lines, log: ours } = kept();
  const reports = createErrorReports(config({ SENTRY_DSN: sentry.dsn }), '1.2.3', ours);
  const incidents = new Incidents({ counter: { inc: () => {} }, reports });
  const error = new Error('a');
  const { fingerprint } = incidents.record(error, { kind: 'failed', route: '/query' }, log);
  Object.defineProperty(error, 'message', {
    get: () => {
      throw new Error('no message');
    },
  });
  await until('that is said', () => lines.length > 0);
  expect(lines).toMatchObject([{ level: 'warn', incident: fingerprint }]);
  await incidents.close();
});
