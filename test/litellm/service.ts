import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { QueryResponse } from '../../service/contract/schemas.ts';
import { jwtSecret, seriesOf, signToken } from '../../service/testing.ts';
import { freePort, root, startServer, statusOf, until } from '../processes.ts';

/** Prices of the table that the service is started with, in US dollars per 1,000 tokens. */
export const prices = { qwen: { input: 0.5, output: 2 }, mistral: { input: 0.25, output: 1 } } as const;

const modelTable = {
  models: { qwen: { price_per_1k: prices.qwen }, mistral: { price_per_1k: prices.mistral } },
  modes: {
    creative: { model: 'qwen', temperature: 0.9, fallback: 'balanced' },
    balanced: { model: 'mistral', temperature: 0.3, fallback: null },
    fast: { model: 'mistral', temperature: 0, fallback: null },
  },
};

/** An event of a stream. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The real service in a process of its own, with the handbook as its corpus. It ends with the test. */
export class Service {
  readonly #url: string;
  readonly #token: string;
  #log = '';

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Starts it with models qwen and mistral behind an OpenAI-compatible endpoint, and waits until it is ready. */
  static async start(env: Readonly<Record<string, string>>): Promise<Service> {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-models-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'models.json');
    writeFileSync(file, JSON.stringify(modelTable));
    const port = await freePort();
    const service = new Service(`http://127.0.0.1:${port}`, await signToken());
    const server = startServer({
      PORT: String(port),
      JWT_SECRET: jwtSecret,
      CORPUS_DIR: join(root, 'docs', 'handbook'),
      MODELS_FILE: file,
      RATE_LIMIT_PER_MINUTE: '1000000',
      ...env,
    });
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (service.#log += text));
    }
    await until('the service is ready', async () => {
      if (server.exitCode !== null) throw new Error(`the service ended with code ${server.exitCode}: ${service.#log}`);
      return (await statusOf(`${service.#url}/health/ready`)) === 200;
    });
    return service;
  }

  /** A request with a token of all scopes. */
  post(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Asks a question. @throws when it is not answered. */
  async ask(question: string, more?: Readonly<Record<string, unknown>>): Promise<QueryResponse> {
    const response = await this.post('/query', { question, ...more });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as QueryResponse;
  }

  /** Asks a question, and reads the answer's events to their end. */
  async stream(question: string): Promise<ServerSentEvent[]> {
    const response = await this.post('/query', { question, stream: true });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return eventsOf(await response.text());
  }

  /** Value of a metric's series; 0 when there is none. */
  async metric(series: string): Promise<number> {
    return seriesOf(await (await fetch(`${this.#url}/metrics`)).text()).get(series) ?? 0;
  }

  /** Messages of the log so far. */
  get messages(): string[] {
    const lines = this.#log.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  }
}

/** Server-sent events as the service and the proxy write them: each line of one event has one field. */
export function eventsOf(text: string): ServerSentEvent[] {
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '));
  return blocks.map((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1] ?? '';
    const event = /^event: (.*)$/m.exec(block)?.[1] ?? 'message';
    return { event, data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) };
  });
}
