import { createInterface } from 'node:readline';
import { Client, type errors } from 'undici';

/** What one client asks, again and again. */
export interface ClientPlan {
  readonly body: Readonly<Record<string, unknown>>;
  /** Between an answer and the next request, in milliseconds. */
  readonly pauseMs: number;
}

/** What the clients are to do: one line of JSON on standard input. */
export interface LoadPlan {
  readonly url: string;
  readonly token: string;
  readonly clients: readonly ClientPlan[];
}

/** How one request ended. */
export interface Outcome {
  /** Number of the client in the plan. */
  readonly client: number;
  /** Absent when there was no answer. */
  readonly status?: number;
  /** The last event of a stream that came to its end. */
  readonly event?: string;
  /** Why there was no whole answer. */
  readonly error?: string;
  /** Whether the answer says when to ask again: in a header, or in the last event of a stream. */
  readonly retryAfter: boolean;
  /** When it was sent and when it ended, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** How long its connection had been idle when it was sent, in milliseconds. */
  readonly idleMs: number;
}

/**
 * Clients that keep a connection each, in a process of its own so that nothing of a test slows them down. Prints `ready`
 * once each has sent its first question, and at the end the outcomes as one line of JSON.
 *
 * Which requests were accepted: each connection carries an answer before the first question, so whatever is sent on it
 * was accepted with it. A client that learns that its connection is or will be closed makes a new one, and ends when
 * that is refused, since a request that was never sent was never accepted. Everything else without an answer is an
 * outcome with an error: what was sent on a connection that then broke, and a new connection that was made and reset.
 */
async function run({ url, token, clients }: LoadPlan): Promise<void> {
  const connections = clients.map(() => new Client(url, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }));
  for (const client of connections) {
    const { statusCode, body } = await client.request({ method: 'GET', path: '/health/ready' });
    await body.dump();
    if (statusCode !== 200) throw new Error(`the service is not ready: ${statusCode}`);
  }
  const outcomes = clients.map(async ({ body, pauseMs }, number) => {
    const client = connections[number];
    const own: Outcome[] = [];
    let idleSince = Date.now();
    for (let round = 0; client; round += 1) {
      const sentAt = Date.now();
      const question = { ...body, input: `client ${number}, question ${round}: ${String(body['input'])}` };
      const answered = await ask(client, token, question);
      if (answered.error === 'ECONNREFUSED') break;
      const endedAt = Date.now();
      own.push({ client: number, ...answered, sentAt, endedAt, idleMs: sentAt - idleSince });
      idleSince = endedAt;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await client?.destroy();
    return own;
  });
  // undici writes a request on an idle connection in the turn of the event loop in which it is made.
  setImmediate(() => console.log('ready'));
  console.log(JSON.stringify((await Promise.all(outcomes)).flat()));
}

type Answered = Pick<Outcome, 'status' | 'event' | 'error' | 'retryAfter'>;

async function ask(client: Client, token: string, body: unknown): Promise<Answered> {
  try {
    const answer = await client.request({
      method: 'POST',
      path: '/v1/predict',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { statusCode: status, headers } = answer;
    const text = await answer.body.text();
    if (!String(headers['content-type']).startsWith('text/event-stream')) {
      return { status, retryAfter: headers['retry-after'] !== undefined };
    }
    const last = text.slice(text.lastIndexOf('event: '));
    return { status, event: /^event: (.*)$/m.exec(last)?.[1] ?? 'none', retryAfter: last.includes('"retry_after":') };
  } catch (error) {
    const { code, message } = error as errors.UndiciError;
    return { error: code || message, retryAfter: false };
  }
}

if (process.argv[1] === import.meta.filename) {
  const [line = ''] = await Array.fromAsync(createInterface({ input: process.stdin }));
  await run(JSON.parse(line) as LoadPlan);
}
