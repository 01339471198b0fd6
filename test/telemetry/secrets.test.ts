import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { variables } from '../../service/contract/config.ts';
import { plantedSecrets } from '../../service/telemetry/testing.ts';
import { signToken } from '../../service/testing.ts';
import { ended, startServer } from '../processes.ts';
import type { LlmStandin } from '../standins/llm.ts';
import { startTracedService } from './traced-service.ts';

const planted = Object.values(plantedSecrets).map(({ text }) => text);
const allPlanted = planted.join('\n');

/** Secrets that look like nothing. The service knows them by the variables that they are in. */
const configured = {
  LLM_API_KEY: 'planted key of the model',
  JWT_SECRET_PREVIOUS: 'planted former secret of the tokens',
  REDIS_URL: 'redis://default:planted-of-redis@127.0.0.1:1/0',
  SENTRY_DSN: 'http://plantedofsentry@127.0.0.1:1/1',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-collector=planted-of-the-collector',
};
const secrets = [
  ...Object.values(plantedSecrets).map(({ secret }) => secret),
  ...[configured.LLM_API_KEY, configured.JWT_SECRET_PREVIOUS],
  ...['planted-of-redis', 'plantedofsentry', 'planted-of-the-collector'],
];

/** Says nothing that looks like a secret, and is to be in no log either. */
const prompt = 'make-it-fail, wrote the planted prompt';

/** Fails in two ways that no request could bring about: by foreign code that quotes a question, and by nobody's. */
const preload = `
  const normalize = String.prototype.normalize;
  String.prototype.normalize = function (form) {
    if (this.includes('make-it-fail')) throw new TypeError('cannot normalise ' + this);
    return normalize.call(this, form);
  };
  process.on('SIGUSR2', () => {
    throw new Error(process.env.UNCAUGHT);
  });`;

/** The parts of secrets that are found in a text, in whatever form text is written down. */
function found(text: string): string[] {
  const unescaped = text.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\');
  const forms = [text, unescaped, safeDecoded(text)];
  // A private key has several lines, each of which is secret.
  const parts = [...secrets, prompt].flatMap((secret) => secret.split('\n'));
  return parts.filter((part) => forms.some((form) => form.includes(part) || form.includes(part.replaceAll('\\', ''))));
}

function safeDecoded(text: string): string {
  return text.replace(/(?:%[0-9A-F]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}

/** What a header can hold. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** A client that keeps what it was told when a request failed. */
class Client {
  /** Error bodies and headers. Not answers: a client is told what its own question and documents say. */
  readonly errors: string[] = [];
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(this.#url + path, { ...init, headers });
    const text = await response.clone().text();
    if (!response.ok) this.errors.push(`${JSON.stringify([...response.headers])} ${text}`);
    const event = /event: error\n[\s\S]*/.exec(text);
    if (event) this.errors.push(event[0]);
    return response;
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
  }
}

/** Plants a secret wherever a client can put one. */
async function plant(client: Client, text: string): Promise<void> {
  const encoded = encodeURIComponent(text);
  const header = oneLine(text);
  const question = `What is ${text} about?`;
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers: Record<string, string>[] = [
    { authorization: header },
    { authorization: `Bearer ${header.replaceAll(' ', '')}` },
    { cookie: header, 'x-api-key': header, 'user-agent': header },
    { 'x-request-id': header },
    { traceparent: header, tracestate: header },
    { traceparent, tracestate: `planted=${header.replace(/[=,]/g, ':')}` },
    { 'request-timeout-secs': header, 'content-type': header },
    { 'x-forwarded-for': header, origin: header, referer: header },
  ];
  await Promise.all([
    ...headers.map((each) => client.post('/query', { question: 'What is the weather like?' }, each)),
    client.send(`/docs?access_token=${encoded}`, { headers: { authorization: '' } }),
    client.send(`/health/llm?model=${encoded}`),
    client.send(`/${encoded}?${encoded}=${encoded}`),
    client.send(`/v1/documents/${encoded}`, { method: 'DELETE' }),
    client.post('/query', { question }),
    client.post('/query', { question, stream: true, session_id: text }),
    client.post('/query', { question, [text]: text, mode: text, priority: text }),
    client.post('/query', { question, schema: { type: text, title: text } }),
    client.post('/query', {
      question,
      schema: { properties: { [text]: { const: text } }, required: [text] },
      fallback: text,
    }),
    client.post('/query', `{"question": "${text}`),
    client.post('/v1/predict', { input: text, model: text }),
    client.post('/v1/predict', { input: text, variant: text }),
    client.post('/v1/predict', { input: { [text]: text }, signature: text }),
    client.post('/v1/documents', { id: text, text }),
    client.post('/v1/documents', { id: `${text}\u0000`, text }),
    client.post('/query', { question: `make-it-fail: ${text}` }),
  ]);
}

/** Has the model's server answer with all secrets in each way that it can. */
async function plantUpstream(llm: LlmStandin, client: Client): Promise<void> {
  const error = { message: `Incorrect API key provided: ${allPlanted}`, type: allPlanted, code: allPlanted };
  const body = { error: { ...error, message: `${error.message} ${configured.LLM_API_KEY}` } };
  for (const status of [400, 401, 403, 404, 429, 500]) {
    await llm.setFault({ kind: 'status', status, body, retryAfter: oneLine(planted[0] ?? '') });
    await client.post('/query', { question: `What does an upstream say with ${status}?` });
  }
  await llm.setFault({ kind: 'error_event', afterPieces: 2, code: allPlanted, type: allPlanted });
  await client.post('/query', { question: 'What does an upstream say in a stream?', stream: true });
  await llm.setFault({ kind: 'status', status: 200, body: allPlanted });
  await client.post('/query', { question: 'What does an upstream say that knows no JSON?' });
  await llm.clearFaults();
  llm.settings.reply = () => allPlanted;
  await client.post('/query', { question: 'What is no JSON?', schema: { type: 'object' } });
}

describe.each(['standard output', 'a file'])('with the log on %s', (where) => {
  test('no planted secret is seen by anybody but who sent it', { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-secrets-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const logFile = join(folder, 'api.log');
    const { service, llm, collector } = await startTracedService({
      ...configured,
      ...(where === 'a file' ? { LOG_FILE: logFile } : {}),
      LOG_LEVEL: 'debug',
      CIRCUIT_BREAKER_ENABLED: 'false',
      JSON_GUARD_BACKOFF_BASE_SECS: '0',
      JSON_GUARD_JITTER_SECS: '0',
      TOP_QUESTIONS_ENABLED: 'true',
      NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(preload)}"`,
      UNCAUGHT: allPlanted,
    });
    const client = new Client(service.url, await signToken());
    for (const text of planted) await plant(client, text);
    const failed = await client.post('/query', { question: prompt });
    expect(failed.status).toBe(500);
    await plantUpstream(llm, client);

    // What is there to be seen by others.
    const read = async (path: string, headers = {}) => (await client.send(path, { headers })).text();
    const seen = {
      config: await read('/config'),
      incidents: await read('/incidents'),
      metrics: await read('/metrics'),
      openMetrics: await read('/metrics', { accept: 'application/openmetrics-text; version=1.0.0' }),
      health: await read('/health/deep'),
      errors: client.errors.join('\n'),
    };
    const log = () =>
      where === 'a file' ? readFileSync(logFile, 'utf8') : service.log.map((line) => JSON.stringify(line)).join('\n');
    service.process.kill('SIGUSR2');
    expect((await service.exit).code).toBe(1);
    expect(log()).toContain('nobody caught this error');
    const collected = Buffer.concat([...collector.bodies]).toString();
    for (const [what, text] of Object.entries({ ...seen, log: log(), collected, stderr: service.errors })) {
      expect(found(text), what).toEqual([]);
    }

    // They were looked for where there was something to see.
    expect(client.errors.length).toBeGreaterThan(15 * planted.length);
    expect(log()).toContain('cannot normalise [redacted]');
    for (const text of [seen.incidents, seen.metrics, log(), collected]) expect(text).toContain('[redacted]');
    expect(collector.spans.length).toBeGreaterThan(10 * planted.length);
    expect(collector.logs.length).toBeGreaterThan(10 * planted.length);
    expect(log().split('\n').length).toBeGreaterThan(25 * planted.length);
  });
});

test('a configuration error shows no value that is secret, nor one that looks so', async () => {
  // Each secret in several variables, and each variable with two of them.
  for (const shift of [0, 7]) {
    const values = variables().map(({ name }, index) => [name, planted[(index + shift) % planted.length] ?? '']);
    const { code, stdout, stderr } = await ended(startServer(Object.fromEntries(values) as Record<string, string>));
    expect(code).toBe(78);
    expect(found(stdout + stderr), stdout).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({
      level: 'fatal',
      msg: expect.stringMatching(/PORT (is|must be) /) as string,
    });
  }
});
