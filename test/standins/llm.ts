import { parseArgs } from 'node:util';
import { completion, completionChunks, refusalOf, type ChatBody, type LlmFault, type Pace } from './completion.ts';
import { Slots, type Capacity } from './slots.ts';
import type { StandinAnswer } from './answer.ts';
import { startStandin, type Standin, type StandinRequest } from './standin.ts';

export type { ChatBody, LlmFault } from './completion.ts';

/** What a stand-in for a model server does. */
export interface LlmStandinOptions extends Partial<Pace> {
  /** These three: see {@link startStandin}. */
  readonly host?: string;
  readonly port?: number;
  readonly controlPort?: number;
  /** Models that `/v1/models` lists; any is answered for. */
  readonly models?: readonly string[];
  /** Writes the answer. */
  readonly reply?: (body: ChatBody) => string;
  /** Unlimited when absent. */
  readonly capacity?: Capacity;
}

/** A running stand-in for an OpenAI-compatible server. The `only` of a fault is a model's name. */
export interface LlmStandin extends Standin<LlmFault> {
  /** Base URL, `/v1` included. */
  readonly url: string;
  /** The last 1,000 bodies of chat completions, as they came. */
  readonly calls: readonly ChatBody[];
  /** Headers of the last request. */
  readonly lastHeaders: StandinRequest['headers'];
  /** What may be changed while it runs. */
  readonly settings: { reply: (body: ChatBody) => string; pace: Pace | ((body: ChatBody) => Pace) };
  /** Served and waiting now; zeros without a capacity. */
  readonly load: { readonly busy: number; readonly waiting: number };
}

const mostCalls = 1000;

/** Says that it is a stand-in, quotes the first words of the question, and cites the first passage when there is one. */
export function defaultReply({ messages }: ChatBody): string {
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const question = /<question>\s*([\s\S]*?)\s*<\/question>/.exec(asked)?.[1] ?? asked;
  const words = question.split(/\s+/).slice(0, 8).join(' ');
  return `The stand-in was asked: ${words}${asked.includes('[1]') ? ' [1]' : ''}`;
}

/** Starts one on a free port of the loopback address. */
export async function startLlmStandin(options: LlmStandinOptions = {}): Promise<LlmStandin> {
  const { models = ['standin'], capacity, reply = defaultReply, firstDelayMs = 0, pieceDelayMs = 0, ...rest } = options;
  const slots = capacity === undefined ? undefined : new Slots(capacity);
  const calls: ChatBody[] = [];
  const settings: LlmStandin['settings'] = { reply, pace: { firstDelayMs, pieceDelayMs } };
  let lastHeaders: StandinRequest['headers'] = {};

  const standin = await startStandin<LlmFault>({
    name: 'llm',
    ...rest,
    targetOf: ({ body }) => (body as Partial<ChatBody> | undefined)?.model ?? '',
    answer: async ({ method, path, headers, body, signal }, fault): Promise<StandinAnswer> => {
      lastHeaders = headers;
      if (method === 'GET' && path === '/v1/models') {
        const data = models.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'standin' }));
        return refusalOf(fault) ?? { status: 200, body: { object: 'list', data } };
      }
      if (method !== 'POST' || path !== '/v1/chat/completions') {
        return { status: 404, body: { error: { message: `the stand-in has no ${method} ${path}` } } };
      }
      if (!isChat(body)) {
        return {
          status: 400,
          body: { error: { message: 'needs `model` and `messages`', type: 'invalid_request_error' } },
        };
      }
      calls.push(body);
      if (calls.length > mostCalls) calls.shift();
      const refusal = refusalOf(fault);
      if (refusal !== undefined) return refusal;
      await slots?.serve(signal);
      const text = settings.reply(body);
      if (body.stream === true && fault?.kind !== 'ignores_stream') {
        const pace = typeof settings.pace === 'function' ? settings.pace(body) : settings.pace;
        const chunks = completionChunks(body, text, fault, pace, signal);
        return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, body: chunks };
      }
      return { status: 200, body: completion(body, text, fault) };
    },
  });

  return {
    url: `${standin.url}/v1`,
    controlUrl: standin.controlUrl,
    calls,
    settings,
    requestsTo: standin.requestsTo,
    aborts: standin.aborts,
    get requests() {
      return standin.requests;
    },
    get connections() {
      return standin.connections;
    },
    get openSockets() {
      return standin.openSockets;
    },
    get lastHeaders() {
      return lastHeaders;
    },
    get load() {
      return { busy: slots?.busy ?? 0, waiting: slots?.waiting ?? 0 };
    },
    setFault: standin.setFault,
    addFault: standin.addFault,
    clearFaults: standin.clearFaults,
    close: standin.close,
  };
}

function isChat(body: unknown): body is ChatBody {
  const { model, messages } = (body ?? {}) as Partial<ChatBody>;
  return typeof model === 'string' && Array.isArray(messages) && messages.length > 0;
}

/** `node test/standins/llm.ts --port P`: see the options below. Ends at SIGTERM. */
async function runAlone(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'control-port': { type: 'string' },
      models: { type: 'string', default: 'standin' },
      reply: { type: 'string' },
      'first-delay-ms': { type: 'string', default: '0' },
      'piece-delay-ms': { type: 'string', default: '0' },
      slots: { type: 'string' },
      'service-ms': { type: 'string', default: '0' },
    },
  });
  const { reply, slots } = values;
  const standin = await startLlmStandin({
    port: Number(values.port ?? 0),
    controlPort: Number(values['control-port'] ?? 0),
    models: values.models.split(','),
    firstDelayMs: Number(values['first-delay-ms']),
    pieceDelayMs: Number(values['piece-delay-ms']),
    ...(reply !== undefined && { reply: () => reply }),
    ...(slots !== undefined && { capacity: { slots: Number(slots), serviceMs: Number(values['service-ms']) } }),
  });
  console.log(JSON.stringify({ standin: 'llm', url: standin.url, controlUrl: standin.controlUrl }));
  process.once('SIGTERM', () => void standin.close());
}

if (process.argv[1] === import.meta.filename) await runAlone();
