import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { jwtSecret, seriesOf, signToken } from '../../service/testing.ts';
import { freePort, startServer, statusOf, until } from '../processes.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { startOtlpStandin, type OtlpStandin } from '../standins/otlp.ts';

/** The service as a process of its own, with stand-ins for its model and for an OTLP collector; all end with the test. */
export interface TracedService {
  readonly url: string;
  readonly llm: LlmStandin;
  readonly collector: OtlpStandin;
  /** Its log so far, as standard output has it. */
  readonly lines: () => Record<string, unknown>[];
  /** What it wrote to standard error. */
  readonly errors: () => string;
  /** Asks a question that no other is like, so that the cache has no answer. */
  readonly ask: (headers?: Readonly<Record<string, string>>, mode?: 'balanced' | 'fast') => Promise<Response>;
  /** Its metrics now: each series with its value. */
  readonly metrics: () => Promise<Map<string, number>>;
  /** Ends it by a signal, SIGTERM unless it is another. @returns its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** @param env beside what is needed. */
export async function startTracedService(env: Readonly<Record<string, string>> = {}): Promise<TracedService> {
  const llm = await startLlmStandin();
  // A stand-in that is to refuse needs a port of its own.
  const collector = await startOtlpStandin({ port: await freePort() });
  onTestFinished(async () => {
    await Promise.all([llm.close(), collector.close()]);
  });
  const port = await freePort();
  const server = startServer({
    PORT: String(port),
    JWT_SECRET: jwtSecret,
    LLM_BASE_URL: llm.url,
    RATE_LIMIT_PER_MINUTE: '1000000',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  const output = { stdout: '', stderr: '' };
  server.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  server.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const url = `http://127.0.0.1:${port}`;
  await until('the service is ready', async () => (await statusOf(`${url}/health/ready`)) === 200);
  const authorization = `Bearer ${await signToken()}`;
  let asked = 0;
  return {
    url,
    llm,
    collector,
    lines: () => parsed(output.stdout),
    errors: () => output.stderr,
    ask: (headers, mode = 'balanced') =>
      fetch(`${url}/query`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ question: `What is the number ${(asked += 1)} good for?`, mode }),
      }),
    metrics: async () => seriesOf(await (await fetch(`${url}/metrics`)).text()),
    stop: (signal = 'SIGTERM') => stopped(server, signal),
  };
}

/** Whole lines only: the last may still be on its way. */
function parsed(output: string): Record<string, unknown>[] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function stopped(server: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(server, 'close') as Promise<[number | null]>;
  server.kill(signal);
  return (await closed)[0];
}
