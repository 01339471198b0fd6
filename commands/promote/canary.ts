import { z } from 'zod';
import { allModelsHealth, serviceResponse } from '../../service/contract/health-schemas.ts';
import { routes, type Route } from '../../service/contract/http.ts';
import { configResponse } from '../../service/contract/report-schemas.ts';

/** Something could not be asked; the message is a sentence about what and why. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** Nothing that speaks HTTP answers at the address. */
export class UnreachableError extends UnansweredError {}

/** A token for the service, or why there is none. */
export type Credential = { readonly token: string } | { readonly missing: string };

/** What a request has beside its route. */
export interface Sent {
  /** In place of the route's first path. */
  readonly path?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Time for the answer, to its last byte; 12 seconds by default. */
  readonly timeoutMs?: number;
}

/** An answer of the service, whatever its status. */
export interface CanaryAnswer {
  readonly status: number;
  /** Media type with its parameters; empty without one. */
  readonly type: string;
  /** Parsed JSON; `undefined` when it is none. */
  readonly body: unknown;
  readonly text: string;
}

/** Time for one answer, in milliseconds: the longest that the service itself takes for a report, and some more. */
const reportTimeoutMs = 12_000;

const problem = z.object({ detail: z.string() });

/** A running service as it is seen over HTTP. It is asked one thing after the other, so that one connection will do. */
export class Canary {
  /** Where it is, without a slash at the end. */
  readonly url: string;
  readonly #credential: Credential;
  readonly #interrupted: AbortSignal;
  #config: Promise<z.output<typeof configResponse>> | undefined;
  #models: Promise<z.output<typeof allModelsHealth>> | undefined;

  /** @param interrupted Ends the request that runs, and every later one. */
  constructor(url: string, credential: Credential, interrupted: AbortSignal) {
    this.url = url;
    this.#credential = credential;
    this.#interrupted = interrupted;
  }

  /** The same service, asked whatever is interrupted. */
  uninterrupted(): Canary {
    return new Canary(this.url, this.#credential, new AbortController().signal);
  }

  /** Which process answers. */
  async instance(): Promise<string> {
    return this.#read(routes.service, '', serviceResponse).then(({ instance }) => instance);
  }

  /** Its effective configuration. */
  config(): Promise<z.output<typeof configResponse>> {
    this.#config ??= this.#read(routes.config, '', configResponse);
    return this.#config;
  }

  /** The health of every model. */
  models(): Promise<z.output<typeof allModelsHealth>> {
    this.#models ??= this.#read(routes.modelHealth, '?model=all', allModelsHealth);
    return this.#models;
  }

  /**
   * Asks a route of the contract.
   *
   * @throws {UnreachableError} when there is no answer.
   * @throws {UnansweredError} when the route needs a token, and there is none.
   */
  async ask(route: Route, query = '', sent: Sent = {}): Promise<CanaryAnswer> {
    const { path = route.paths[0], body, timeoutMs = reportTimeoutMs } = sent;
    const { method } = route;
    const name = `${method} ${path}${query}`;
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { accept: '*/*', ...json, ...this.#authorization(route, name) };
    try {
      const signal = AbortSignal.any([this.#interrupted, AbortSignal.timeout(timeoutMs)]);
      const options = { method, headers, redirect: 'manual', signal } as const;
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${this.url}${path}${query}`, { ...options, ...content });
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, text, body: parsed(text) };
    } catch (error) {
      throw new UnreachableError(`${this.url} does not answer ${name}: ${transportReason(error, timeoutMs)}`);
    }
  }

  /** The body of a 200. @throws {UnansweredError} when it is anything else. */
  async answer(route: Route, query = ''): Promise<CanaryAnswer> {
    const answer = await this.ask(route, query);
    if (answer.status === 200) return answer;
    throw new UnansweredError(`${route.method} ${route.paths[0]} answered ${answer.status}${detailOf(answer)}`);
  }

  async #read<T>(route: Route, query: string, schema: z.ZodType<T>): Promise<T> {
    return read(route, await this.answer(route, query), schema);
  }

  #authorization({ access }: Route, name: string): Record<string, string> {
    if (access === 'public') return {};
    if ('missing' in this.#credential) throw new UnansweredError(`${name} needs a token: ${this.#credential.missing}`);
    return { authorization: `Bearer ${this.#credential.token}` };
  }
}

/** What an answer says. @throws {UnansweredError} when it is not what the route answers with. */
export function read<T>(route: Route, { body }: CanaryAnswer, schema: z.ZodType<T>): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  throw new UnansweredError(
    `${route.method} ${route.paths[0]} does not answer as this version does: ${issue?.message}${where}`,
  );
}

/** What a problem says, after a colon; nothing when it is none. */
export function detailOf({ body }: CanaryAnswer): string {
  const told = problem.safeParse(body);
  return told.success ? `: ${told.data.detail}` : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Why there is no answer: the system's code where there is one. */
function transportReason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'interrupted';
  if (error.name === 'TimeoutError') return `nothing came within ${timeoutMs / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
