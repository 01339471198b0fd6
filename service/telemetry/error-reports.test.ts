import { expect, it, onTestFinished } from 'vitest';
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
