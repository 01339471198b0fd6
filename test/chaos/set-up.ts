import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { defaultModelTable, modelTableSchema } from '../../service/contract/models.ts';
import type { Problem, QueryResponse } from '../../service/contract/schemas.ts';
import type { Services } from '../../service/services.ts';
import { buildTestApp, seriesOf, signToken } from '../../service/testing.ts';
import { until } from '../processes.ts';
import { completion, type ChatBody } from '../standins/completion.ts';
import { startLlmStandin, type LlmStandin, type LlmStandinOptions } from '../standins/llm.ts';
import { startStandin } from '../standins/standin.ts';

/** How a {@link Scene} begins. */
export interface SceneOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What differs from the default table of models, as `MODELS_FILE` would say it. */
  readonly table?: Partial<z.input<typeof modelTableSchema>>;
  readonly llm?: LlmStandinOptions;
  /** In place of the stand-in: base URL of another endpoint. */
  readonly llmUrl?: string;
}

/** Body of an answer, or of a problem. */
export type AnswerBody = Omit<QueryResponse, 'error'> & Omit<Problem, 'error'> & { readonly error?: true | string };

/** What a request was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

/** An event of a stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A stream as it was read: to its end, or until the connection was cut. */
export interface StreamRead {
  readonly status: number;
  readonly events: readonly StreamEvent[];
}

/** Three models, none of which takes over for another, so that a question has one model only. */
export const noFallbacks = {
  modes: {
    creative: { ...defaultModelTable.modes.creative, fallback: null },
    balanced: { ...defaultModelTable.modes.balanced, fallback: null },
    fast: { ...defaultModelTable.modes.fast, fallback: null },
  },
} as const;

/** The service on a port of its own, with a stand-in for its models behind it. Both end with the test. */
export class Scene {
  readonly url: string;
  readonly llm: LlmStandin;
  readonly services: Services;
  /** The log so far, a JSON object a line. */
  readonly log: () => Record<string, unknown>[];
  readonly #token: string;
  readonly #before: number;

  private constructor(url: string, llm: LlmStandin, services: Services, log: Scene['log'], token: string) {
    this.url = url;
    this.llm = llm;
    this.services = services;
    this.log = log;
    this.#token = token;
    this.#before = llm.requests;
  }

  /** Starts both. Models are checked once, at the start, so that all further requests to the stand-in are calls. */
  static async start({ env = {}, table = {}, llm: llmOptions = {}, llmUrl }: SceneOptions = {}): Promise<Scene> {
    const llm = await startLlmStandin(llmOptions);
    const { app, services, log } = await buildTestApp({
      env: { LLM_BASE_URL: llmUrl ?? llm.url, ...env },
      modelTable: modelTableSchema.parse({ ...defaultModelTable, ...table }),
      checkIntervalMs: 3_600_000,
    });
    const sockets = new Set<Socket>();
    app.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(async () => {
      // Also those that a client opened and never used, for which closing would wait.
      for (const socket of sockets) socket.destroy();
      await app.close();
      await llm.close();
    });
    const { port } = app.server.address() as AddressInfo;
    return new Scene(`http://127.0.0.1:${port}`, llm, services, log, await signToken());
  }

  /** Headers of a request with JSON and a token of all scopes. */
  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
  }

  /** Calls that the models were sent. */
  get calls(): number {
    return this.llm.requests - this.#before;
  }

  /** A request; fails when there is no answer within 20 s. */
  send(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { ...this.headers, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
  }

  /** A question. */
  async ask(question: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answered> {
    return answered(await this.send('/query', { question, ...more }));
  }

  /** A plain call, which cannot be answered from documents. */
  async predict(
    input: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    return answered(await this.send('/v1/predict', { input, ...more }, headers));
  }

  /** A plain call by stream, read to its end. */
  async stream(input: string, more: Readonly<Record<string, unknown>> = {}): Promise<StreamRead> {
    const response = await this.send('/v1/predict', { input, stream: true, ...more });
    return { status: response.status, events: eventsOf(await response.text()) };
  }

  /** Sum of a metric's series that have the given labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const series = seriesOf(await (await fetch(`${this.url}/metrics`)).text());
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    let sum = 0;
    for (const [key, value] of series) {
      const [own, rest = ''] = key.split('{', 2);
      const pairs = rest.replace(/}$/, '').split(',');
      if (own === name && wanted.every((pair) => pairs.includes(pair))) sum += value;
    }
    return sum;
  }

  /** What `/health/llm` says of a model's breaker. */
  async circuit(model: string): Promise<string> {
    const response = await fetch(`${this.url}/health/llm?model=${model}`, { headers: this.headers });
    return ((await response.json()) as { circuit_state: string }).circuit_state;
  }

  /** States that a model's breaker went through so far, after the first. */
  states(model: string): unknown[] {
    return this.log()
      .filter((line) => line['upstream'] === model && line['circuit_state'] !== undefined)
      .map((line) => line['circuit_state']);
  }

  /** Opens a model's breaker as a wrong key does: at once, since nobody retries that. Ends all faults. */
  async open(model: string): Promise<void> {
    await this.llm.setFault({ kind: 'wrong_key' }, { only: model });
    for (let failures = 0; failures < 5; failures += 1) await this.predict(`open ${model} ${failures}`, { model });
    await until(`the breaker of ${model} is open`, async () => (await this.circuit(model)) === 'open');
    await this.llm.clearFaults();
  }

  /** Stores a document, which questions then can be answered from. */
  async store(id: string, text: string): Promise<void> {
    const response = await this.send('/v1/documents', { id, text });
    if (!response.ok) throw new Error(`stored with ${response.status}: ${await response.text()}`);
  }
}

async function answered(response: Response): Promise<Answered> {
  return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody };
}

/** A model server that holds back its answers until told otherwise. */
export interface GatedLlm {
  /** Base URL, `/v1` included. */
  readonly url: string;
  /** Calls so far, without the signs of life that the service asks for at its start. */
  readonly calls: number;
  /** What calls that are let through from now on are answered. */
  reply: string;
  /** Holds back every call from now on. */
  hold(): void;
  /** Lets all through, those that are held too. */
  release(): void;
}

/** Starts one, which lets calls through at first. It ends with the test. */
export async function startGatedLlm(): Promise<GatedLlm> {
  let gate = Promise.withResolvers<undefined>();
  gate.resolve(undefined);
  let calls = 0;
  const standin = await startStandin({
    name: 'llm',
    answer: async ({ path, body }) => {
      if (path !== '/v1/chat/completions') return { status: 200, body: { object: 'list', data: [] } };
      const chat = body as ChatBody;
      if (!JSON.stringify(chat.messages).includes('Is the service healthy?')) calls += 1;
      await gate.promise;
      return { status: 200, body: completion(chat, llm.reply, undefined) };
    },
  });
  onTestFinished(() => standin.close());
  const llm: GatedLlm = {
    url: `${standin.url}/v1`,
    get calls() {
      return calls;
    },
    reply: 'an answer',
    hold: () => {
      gate = Promise.withResolvers<undefined>();
    },
    release: () => gate.resolve(undefined),
  };
  return llm;
}

/** Server-sent events as the service writes them: each line of one event has one field. */
export function eventsOf(text: string): StreamEvent[] {
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '));
  return blocks.map((block) => ({
    event: /^event: (.*)$/m.exec(block)?.[1] ?? 'message',
    data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null') as Record<string, unknown>,
  }));
}
