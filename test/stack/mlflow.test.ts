import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MlflowServer } from './mlflow-server.ts';
import { patienceMs } from './read-only.ts';

let server: MlflowServer;
beforeAll(async () => {
  server = await MlflowServer.create();
}, 600_000);
afterAll(() => server.remove());

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Calls it under a name of the cluster; fetch would say the address. */
function call(path: string, { host = 'mlflow:5001', method = 'GET', body = '', headers = {} } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = 'application/json';
    const options = {
      host: '127.0.0.1',
      port: server.port,
      path,
      method,
      headers: { host, 'content-type': type, ...headers },
    };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end(body);
  });
}

const experiment = '/api/2.0/mlflow/experiments/get?experiment_id=0';

describe('MLflow with the generated arguments, on a read-only file system', () => {
  test.each([
    'mlflow:5001',
    'mlflow.rag:5001',
    'mlflow.rag.svc:5001',
    'mlflow.rag.svc.cluster.local:5001',
    'localhost:18080',
    'mlflow.example.com',
  ])('answers under its name %s', async (host) => {
    expect(await call(experiment, { host })).toMatchObject({ status: 200 });
  });

  test.each(['evil.example.com', 'mlflow.evil.example.com:5001', 'mlflow.other:5001', '10.0.0.1:5001'])(
    'refuses the foreign name %s',
    async (host) => {
      expect(await call(experiment, { host })).toMatchObject({ status: 403 });
    },
  );

  test('tells a probe that comes to the pod’s address that it is healthy', async () => {
    expect(await call('/health', { host: '10.0.0.1:5001' })).toEqual({ status: 200, text: 'OK' });
  });

  test('keeps artifacts in its folder', async () => {
    const path = '/api/2.0/mlflow-artifacts/artifacts/notes/one.txt';
    expect((await call(path, { method: 'PUT', body: 'kept' })).status).toBe(200);
    expect(existsSync(join(server.folder, 'artifacts', 'notes', 'one.txt'))).toBe(true);
    expect((await call(path)).text).toBe('kept');
  });

  test('takes traces over OTLP for the experiment of the header', async () => {
    const traceId = '5b8efff798038103d269b633813fc60c';
    const span = {
      traceId,
      spanId: 'eee19b7ec3c1b174',
      name: 'answer',
      kind: 1,
      startTimeUnixNano: '1795000000000000000',
      endTimeUnixNano: '1795000001000000000',
      status: {},
    };
    const body = JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [span] }] }] });
    expect((await call('/v1/traces', { method: 'POST', body })).status).toBe(422);
    const headers = { 'x-mlflow-experiment-id': '0' };
    expect((await call('/v1/traces', { method: 'POST', body, headers })).status).toBe(200);
    const search = JSON.stringify({
      locations: [{ mlflow_experiment: { experiment_id: '0' }, type: 'MLFLOW_EXPERIMENT' }],
    });
    const found = await call('/api/3.0/mlflow/traces/search', { method: 'POST', body: search });
    expect(found.text).toContain(traceId);
  });

  test(
    'ends when it is told to, and knows everything after the next start',
    { timeout: patienceMs + 20_000 },
    async () => {
      const body = JSON.stringify({ name: 'kept' });
      expect((await call('/api/2.0/mlflow/experiments/create', { method: 'POST', body })).status).toBe(200);
      await server.end();
      await server.start();
      const path = '/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept';
      expect(await call(path)).toMatchObject({ status: 200 });
    },
  );
});
