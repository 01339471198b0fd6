import { SignJWT } from 'jose';
import type { AddressInfo } from 'node:net';
import { buildApp } from '../../service/app.ts';
import { parseConfig } from '../../service/contract/parse-config.ts';
import { createServices, type Services } from '../../service/services.ts';
import { createLogger } from '../../service/telemetry/logger.ts';

/** The secret that signs the benchmark's tokens. */
export const secret = 'a secret for benchmarks, at least 32 bytes';

/** What every measured service is configured with. */
export const environment = {
  JWT_SECRET: secret,
  CACHE_ENABLED: 'false',
  RATE_LIMIT_PER_MINUTE: '1000000000',
} as const;

/** The service in this process, on a port of its own. */
export interface BenchApp {
  readonly url: string;
  readonly services: Services;
  /** Answers a GET without a socket. */
  readonly inject: (path: string) => Promise<{ readonly statusCode: number }>;
  readonly close: () => Promise<void>;
}

/** Starts the service as `server.ts` does; its log is written and thrown away, so that it costs what it costs. */
export async function startBenchApp(env: Readonly<Record<string, string>> = {}): Promise<BenchApp> {
  const config = parseConfig({ ...environment, ...env });
  const log = createLogger(config, '0.0.0-bench', { write: () => undefined });
  const services = createServices({ config, log, checkIntervalMs: 3_600_000 });
  const app = await buildApp(services);
  await app.listen({ host: '127.0.0.1', port: 0 });
  await services.start();
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    services,
    inject: (path) => app.inject(path),
    close: () => app.close(),
  };
}

/** Headers of a request with JSON and a token. */
export async function jsonHeaders(): Promise<Record<string, string>> {
  const token = await new SignJWT({ tenant: 'bench', scope: 'query' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('ballast')
    .setAudience('ballast')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
}
