import { SignJWT, type JWTPayload } from 'jose';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll } from 'vitest';
import { buildApp } from './app.ts';
import { parseConfig } from './contract/parse-config.ts';
import { problem, type Problem, type QueryResponse } from './contract/schemas.ts';
import { createServices, type ServiceOptions, type Services } from './services.ts';
import { createLogger } from './telemetry/logger.ts';
import type { GenerateRequest, Generation, LanguageModel } from './upstreams/language-model.ts';

/** The secret that signs the tokens of {@link signToken}. */
export const jwtSecret = 'a secret for tests, at least 32 bytes';

/** What a token says beyond the usual; `undefined` leaves a claim out. */
export interface TestClaims {
  tenant?: unknown;
  sub?: string;
  priority?: unknown;
  scope?: unknown;
  iss?: string | undefined;
  aud?: string | undefined;
  /** Seconds from now. */
  expiresIn?: number | undefined;
  notBeforeIn?: number;
}

/** A signed token: tenant `acme`, all scopes, valid for an hour, unless the claims say otherwise. */
export async function signToken(claims: TestClaims = {}, secret: string = jwtSecret): Promise<string> {
  const { expiresIn, notBeforeIn, ...rest } = {
    tenant: 'acme',
    scope: 'query ingest admin',
    iss: 'ballast',
    aud: 'ballast',
    expiresIn: 3600,
    ...claims,
  };
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    ...rest,
    exp: expiresIn === undefined ? undefined : now + expiresIn,
    nbf: notBeforeIn === undefined ? undefined : now + notBeforeIn,
  } as JWTPayload;
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

/** What a test may change about the app. */
export interface TestAppOptions extends Partial<
  Pick<ServiceOptions, 'model' | 'modelTable' | 'tracing' | 'checkIntervalMs'>
> {
  /** Environment variables beside `JWT_SECRET`; an empty one is unset. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the services are started; true by default. */
  readonly start?: boolean;
}

/** A real app on real parts in memory, with a log that is kept. */
export interface TestApp {
  readonly app: FastifyInstance;
  readonly services: Services;
  /** The log so far, a JSON object a line. */
  readonly log: () => Record<string, unknown>[];
  /** A request with the token of a tenant. */
  readonly as: (tenant: string) => TestClient;
}

/** One tenant's view of the app. */
export interface TestClient {
  get(url: string): Promise<LightMyRequestResponse>;
  remove(url: string): Promise<LightMyRequestResponse>;
  post(url: string, body: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  ask(question: string, more?: Record<string, unknown>): Promise<QueryResponse>;
}

const apps: FastifyInstance[] = [];
afterAll(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

/** Builds the app as `server.ts` does, without listening. It is closed after the last test of the file. */
export async function buildTestApp({ env = {}, start = true, ...parts }: TestAppOptions = {}): Promise<TestApp> {
  const config = parseConfig({ JWT_SECRET: jwtSecret, LOG_LEVEL: 'debug', RATE_LIMIT_PER_MINUTE: '1000000', ...env });
  const lines: string[] = [];
  const log = createLogger(config, '0.0.0-test', { write: (line) => void lines.push(line) });
  const services = createServices({ config, log, ...parts });
  const app = await buildApp(services);
  apps.push(app);
  if (start) await services.start();
  return {
    app,
    services,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    as: (tenant) => clientOf(app, tenant),
  };
}

function clientOf(app: FastifyInstance, tenant: string): TestClient {
  const token = signToken({ tenant });
  const headers = async () => ({ authorization: `Bearer ${await token}` });
  const client: TestClient = {
    get: async (url) => app.inject({ url, headers: await headers() }),
    remove: async (url) => app.inject({ method: 'DELETE', url, headers: await headers() }),
    post: async (url, body, more) => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      const all = { 'content-type': 'application/json', ...(await headers()), ...more };
      return app.inject({ method: 'POST', url, headers: all, payload });
    },
    ask: async (question, more = {}) => {
      const response = await client.post('/query', { question, ...more });
      if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}: ${response.body}`);
      return response.json();
    },
  };
  return client;
}

/** The problem details of an error response. Throws when it is not one, or when it shows internals. */
export function problemIn(response: LightMyRequestResponse): Problem {
  const type = response.headers['content-type'];
  if (type !== 'application/problem+json') throw new Error(`${response.statusCode} as ${type}: ${response.body}`);
  const body = problem.strict().parse(response.json());
  if (body.status !== response.statusCode) throw new Error(`says ${body.status}, is ${response.statusCode}`);
  if (body.request_id !== response.headers['x-request-id']) throw new Error('the request ID is not the header’s');
  if (/\n\s+at |node_modules|\.ts:\d/.test(response.body)) throw new Error(`shows a stack trace: ${response.body}`);
  return body;
}

type Written = Omit<Generation, 'finish'> & Partial<Pick<Generation, 'finish'>>;

/** A model that does what the test says instead of answering, and that passes its health check. */
export function modelThat(generate: (request: GenerateRequest) => Promise<Written>): LanguageModel {
  const healthy = { text: 'yes', used: [0], inputTokens: 1, outputTokens: 1 };
  return {
    name: 'test-model',
    price: { input: 0.5, output: 2 },
    contextTokens: 8192,
    maxOutputTokens: 1024,
    sizeOf: () => ({ estimated: 10, atMost: 100 }),
    countTokens: (text) => text.length,
    generate: async (request) => {
      const check = request.passages?.[0]?.id === 'health';
      return { finish: 'stop', ...(check ? healthy : await generate(request)) };
    },
  };
}

/** The series of a metric's text, each with its value. */
export function seriesOf(metricsText: string): Map<string, number> {
  const lines = metricsText.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
