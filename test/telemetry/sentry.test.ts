import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultModelTable } from '../../service/contract/models.ts';
import type { Incident } from '../../service/telemetry/incidents.ts';
import { RunningService } from '../running-service.ts';
import { freePort, root, until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { startSentryStandin } from '../standins/sentry.ts';

const moduleOf = (path: string) => JSON.stringify(pathToFileURL(join(root, 'service', path)).href);

/** Bugs, put into the service before it starts: in what counts sessions, in what adds up costs, and in no request. */
const bugs = `
import { CostLedger } from ${moduleOf('telemetry/costs.ts')};
import { SessionCount } from ${moduleOf('telemetry/sessions.ts')};
SessionCount.prototype.touch = () => { throw new TypeError('row 17 of redis://:planted@host does not fit'); };
CostLedger.prototype.report = () => { throw new RangeError('LLM_API_KEY=planted is out of range'); };
process.on('SIGUSR2', () => { throw new EvalError('nobody expects password=planted'); });
`;

/** A service with bugs and without a model, and the receiver that it reports to. */
async function setUp(env: Readonly<Record<string, string>> = {}) {
  const sentry = await startSentryStandin({ port: await freePort() });
  onTestFinished(sentry.close);
  const service = await RunningService.start(
    { SENTRY_DSN: sentry.dsn, SERVICE_VERSION: '1.2.3', ENVIRONMENT: 'production', ...env },
    bugs,
  );
  const get = (path: string) =>
    fetch(`${service.url}${path}`, { headers: { Authorization: `Bearer ${service.token}` } });
  const incidents = async () =>
    (await ((await get('/incidents')).json() as Promise<{ incidents: Incident[] }>)).incidents;
  const meetBug = async () => (await service.predict('a planted question', { session_id: 'planted' })).status;
  const end = async () => {
    await service.stop();
    return (await service.exit).code;
  };
  return { sentry, service, get, incidents, meetBug, end };
}

describe('Sentry is told', () => {
  test('once of a bug, however often it is met, without a secret or a word of the client', async () => {
    const { sentry, service, incidents, meetBug, end } = await setUp();
    for (let time = 0; time < 5; time += 1) expect(await meetBug()).toBe(500);
    await until('the report arrives', () => sentry.events.length > 0);
    const [incident] = await incidents();
    expect(incident).toMatchObject({ error: 'TypeError', route: '/v1/predict', dependency: null, count: 5 });
    expect(await end()).toBe(0);

    const [first] = service.log.filter(({ msg }) => msg === 'request');
    expect(sentry.requests).toBe(1);
    expect(sentry.events[0]).toMatchObject({
      level: 'error',
      release: '1.2.3',
      environment: 'production',
      fingerprint: [incident?.fingerprint],
      exception: { values: [{ type: 'TypeError', value: 'row 17 of redis://[redacted]@host does not fit' }] },
      tags: { route: '/v1/predict', request_id: first?.['request_id'] },
      contexts: { trace: { trace_id: first?.['trace_id'] } },
    });
    const frames = sentry.events[0]?.exception?.values?.[0]?.stacktrace?.frames ?? [];
    expect(frames.map(({ filename }) => filename)).toContain('http/answer.ts');
    expect(JSON.stringify(sentry.received)).not.toMatch(/planted|Bearer|eyJ/);
    expect(sentry.events[0]).not.toHaveProperty('server_name');
  });

  test('once of a model that is away, by its name', async () => {
    const llm = await startLlmStandin();
    onTestFinished(llm.close);
    const { sentry, service, incidents, end } = await setUp({ LLM_BASE_URL: llm.url });
    await llm.setFault({ kind: 'status', status: 500, body: { error: { message: 'planted words of a model' } } });
    const { model, fallback } = defaultModelTable.modes.fast;
    expect(fallback).toBeNull();
    for (let time = 0; time < 5; time += 1) {
      const answer = await service.predict('a planted question', { mode: 'fast' });
      expect(answer.status).toBe(503);
    }
    // From when its breaker is open, it is not the model that fails, but that there is none to ask.
    await until('both reports arrive', () => sentry.events.length === 2);
    const [later, first] = await incidents();
    expect([first, later]).toMatchObject([
      { error: 'UnavailableError', dependency: model },
      { error: 'UnavailableError', dependency: 'llm' },
    ]);
    expect((first?.count ?? 0) + (later?.count ?? 0)).toBe(5);
    expect(await end()).toBe(0);

    expect(sentry.requests).toBe(2);
    expect(sentry.events[0]).toMatchObject({
      level: 'warning',
      fingerprint: [first?.fingerprint],
      tags: { dependency: model, route: '/v1/predict' },
    });
    expect(sentry.events[0]?.exception?.values?.map(({ type }) => type)).toEqual(['UpstreamError', 'UnavailableError']);
    expect(JSON.stringify(sentry.received)).not.toContain('planted');
  });

  test('of an error that nobody caught before the process ends', async () => {
    const { sentry, service, meetBug } = await setUp();
    // The first report takes longer than the later ones, and at its end the process waits for a moment only.
    expect(await meetBug()).toBe(500);
    await until('an earlier report arrives', () => sentry.events.length === 1);
    service.process.kill('SIGUSR2');
    expect((await service.exit).code).toBe(1);
    await until('its report arrives', () => sentry.events.length > 1);
    expect(sentry.events[1]).toMatchObject({ level: 'fatal', tags: { route: 'process' } });
    expect(sentry.events[1]?.exception?.values?.[0]).toMatchObject({
      type: 'EvalError',
      value: 'nobody expects password=[redacted]',
    });
    const { incident } = await service.logged('nobody caught this error: the process ends');
    expect(sentry.events[1]?.fingerprint).toEqual([incident]);
  });
});

describe('while Sentry', () => {
  test.each([
    { kind: 'refuse' },
    { kind: 'hang' },
    { kind: 'status', status: 429 },
    { kind: 'status', status: 500 },
  ] as const)('does this: %j, requests are answered, and the process ends in time', async (fault) => {
    const { sentry, service, get, meetBug, end } = await setUp();
    await sentry.setFault(fault);
    for (let time = 0; time < 3; time += 1) {
      expect(await meetBug()).toBe(500);
      expect((await get('/costs')).status).toBe(500);
    }
    if (fault.kind !== 'hang') await service.logged('incidents cannot be reported to Sentry');
    expect((await get('/health')).status).toBe(200);
    expect(await end()).toBe(0);
    const said = service.log.map(({ msg }) => msg);
    expect(said.filter((msg) => msg === 'incidents cannot be reported to Sentry')).toHaveLength(1);
    expect(said).toContain('stopped');
    expect(said).not.toContain('stopped before everything was closed');
    expect(sentry.events).toEqual([]);
  });
});
