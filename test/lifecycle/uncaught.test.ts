import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root, until } from '../processes.ts';
import { startOtlpStandin } from '../standins/otlp.ts';
import { startSentryStandin } from '../standins/sentry.ts';
import { RunningService } from '../running-service.ts';

const ledger = pathToFileURL(join(root, 'service', 'telemetry', 'costs.ts')).href;

/** Bugs that wait for a signal, since nothing of the service's own throws where nobody catches; and one in a request. */
const bugs = `
import { CostLedger } from ${JSON.stringify(ledger)};
CostLedger.prototype.report = () => { throw new TypeError('a bug in a request'); };
process.on('SIGUSR2', () => { throw new RangeError('a bug of the test, in Bearer planted-token-123'); });
process.on('SIGWINCH', () => { void Promise.reject(new RangeError('a bug of the test, in Bearer planted-token-123')); });
process.on('SIGHUP', () => { throw 'no error at all'; });
`;

describe('an error that nobody caught', () => {
  test.each([
    ['thrown', 'SIGUSR2', { type: 'RangeError', message: 'a bug of the test, in Bearer [redacted]' }],
    ['of a promise', 'SIGWINCH', { type: 'RangeError', message: 'a bug of the test, in Bearer [redacted]' }],
    ['that is no error', 'SIGHUP', { type: 'Error', message: 'no error at all' }],
  ] as const)('%s is logged, reported and sent, and ends the process with code 1', async (_how, signal, err) => {
    const [otlp, sentry] = await Promise.all([startOtlpStandin(), startSentryStandin()]);
    for (const standin of [otlp, sentry]) onTestFinished(standin.close);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, SENTRY_DSN: sentry.dsn };
    const service = await RunningService.start(env, bugs);
    // What is sent first takes longer than all after it, and at its end the process waits for a moment only.
    const costs = await fetch(`${service.url}/costs`, { headers: { Authorization: `Bearer ${service.token}` } });
    expect(costs.status).toBe(500);
    await until('an earlier bug has arrived', () =>
      [otlp.spans, otlp.logs, sentry.events].every(({ length }) => length > 0),
    );
    expect((await service.predict('before')).status).toBe(200);

    service.process.kill(signal);
    expect((await service.exit).code).toBe(1);
    const line = service.log.find(({ level }) => level === 'fatal');
    expect(line).toMatchObject({ msg: 'nobody caught this error: the process ends', err });
    expect(line?.['incident']).toEqual(expect.stringMatching(/^[0-9a-f]{16}$/));
    await until('its report has arrived', () => sentry.events.length > 1);
    expect(sentry.events.map(({ level }) => level)).toEqual(['error', 'fatal']);
    // The request's span and the line itself had not left by themselves yet.
    await until('its span has arrived', () => otlp.spans.some(({ name }) => name === 'POST /v1/predict'));
    await until('its line has arrived', () => JSON.stringify(otlp.logs).includes('nobody caught this error'));
  });

  test('is not held up by telemetry that hangs', async () => {
    const [otlp, sentry] = await Promise.all([startOtlpStandin(), startSentryStandin()]);
    for (const standin of [otlp, sentry]) onTestFinished(standin.close);
    await Promise.all([otlp.setFault({ kind: 'hang' }), sentry.setFault({ kind: 'hang' })]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, SENTRY_DSN: sentry.dsn };
    const service = await RunningService.start(env, bugs);
    service.process.kill('SIGUSR2');
    expect((await service.exit).code).toBe(1);
    // It ended before the exporters' and Sentry's own times were over, which would have been said.
    const said = service.log.map(({ msg, reason }) => [msg, reason]);
    expect(said.filter(([msg, reason]) => /^telemetry cannot/.test(String(msg)) || reason === 'TimeoutError')).toEqual(
      [],
    );
  });

  test('ends the process at once when it is the second', async () => {
    const sentry = await startSentryStandin();
    onTestFinished(sentry.close);
    await sentry.setFault({ kind: 'hang' });
    const service = await RunningService.start({ SENTRY_DSN: sentry.dsn }, bugs);
    await service.frozen(() => {
      service.process.kill('SIGUSR2');
      service.process.kill('SIGWINCH');
    });
    expect((await service.exit).code).toBe(1);
    expect(service.log.filter(({ level }) => level === 'fatal').map(({ msg }) => msg)).toEqual([
      'nobody caught this error: the process ends',
      'another error that nobody caught: the process ends at once',
    ]);
  });

  test('is logged before there are services too', async () => {
    const service = await RunningService.begin(
      {},
      `process.on('newListener', (name) => { if (name === 'warning') throw new RangeError('too early'); });`,
    );
    expect((await service.exit).code).toBe(1);
    expect(service.log).toEqual([
      expect.objectContaining({
        level: 'fatal',
        msg: 'nobody caught this error: the process ends',
        err: expect.objectContaining({ type: 'RangeError', message: 'too early' }) as unknown,
      }),
    ]);
  });

  test('during a shutdown ends it with code 1', async () => {
    const service = await RunningService.start({ SHUTDOWN_DRAIN_SECS: '600' }, bugs);
    const halted = await service.connect();
    halted.send('GET /health HTTP/1.1\r\n');
    await service.stop();
    service.process.kill('SIGUSR2');
    expect((await service.exit).code).toBe(1);
  });
});
