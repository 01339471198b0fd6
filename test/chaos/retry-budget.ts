import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { buildApp } from '../../service/app.ts';
import { parseConfig } from '../../service/contract/parse-config.ts';
import { createServices } from '../../service/services.ts';
import { createLogger } from '../../service/telemetry/logger.ts';
import { startLlmStandin } from '../standins/llm.ts';

/** A load on a service whose models all fail. */
export interface FailingLoad {
  readonly seconds: number;
  readonly perSecond: number;
  readonly breakers: boolean;
}

/** What came of it. */
export interface RetryFigures {
  readonly requests: number;
  /** Requests that admission let in. */
  readonly admitted: number;
  /** Calls that the models were sent. */
  readonly calls: number;
  /** 1.10 times the admitted requests, plus 10. */
  readonly most: number;
}

const secret = 'a secret for measurements, 32 bytes or more';

/** Asks distinct questions at a constant rate while every call to a model is answered with 500, and counts the calls. */
export async function measureRetries({ seconds, perSecond, breakers }: FailingLoad): Promise<RetryFigures> {
  const llm = await startLlmStandin();
  const config = parseConfig({
    JWT_SECRET: secret,
    LLM_BASE_URL: llm.url,
    LOG_LEVEL: 'fatal',
    RATE_LIMIT_PER_MINUTE: '1000000',
    CIRCUIT_BREAKER_ENABLED: String(breakers),
  });
  const log = createLogger(config, '0.0.0-test');
  const services = createServices({ config, log, checkIntervalMs: 3_600_000 });
  const app = await buildApp(services);
  await services.start();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/predict`;
  const token = await new SignJWT({ tenant: 'acme', scope: 'query' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('ballast')
    .setAudience('ballast')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async (input: string): Promise<number> => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ input, mode: 'creative' }) });
    await response.arrayBuffer();
    return response.status;
  };

  await llm.setFault({ kind: 'status', status: 500 });
  const before = llm.requests;
  const asked: Promise<number>[] = [];
  const begin = performance.now();
  while (asked.length < seconds * perSecond) {
    const due = Math.min(seconds, (performance.now() - begin) / 1000) * perSecond;
    while (asked.length < due) asked.push(ask(`question ${asked.length}`));
    await delay(10);
  }
  const statuses = await Promise.all(asked);
  const calls = llm.requests - before;
  await app.close();
  await llm.close();
  const admitted = statuses.filter((status) => status === 503).length;
  return { requests: asked.length, admitted, calls, most: Math.floor(admitted * 1.1 + 10) };
}
