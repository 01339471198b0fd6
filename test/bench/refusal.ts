import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../../commands/free-port.ts';
import { sendOpenLoop } from '../load/open-loop.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { environment, jsonHeaders, percentile } from './bench-app.ts';

/** 20 questions a second, so that ten times as many are no load for the machine. */
const capacity = { slots: 2, serviceMs: 100 };
const overload = 200;

const startMs = 20_000;

/**
 * Milliseconds, p99, from a question to its refusal by admission as the client sees it, at ten times the capacity. The
 * service is a process of its own, with as many places as the model has.
 */
export async function refusal(samples: number): Promise<number> {
  const llm = await startLlmStandin({ capacity });
  const port = await freePort();
  const script = join(import.meta.dirname, '..', '..', 'service', 'server.ts');
  const service = spawn(process.execPath, ['--no-warnings', script], {
    env: {
      PATH: process.env['PATH'],
      ...environment,
      PORT: String(port),
      LLM_BASE_URL: llm.url,
      ADMISSION_MAX_CONCURRENCY: '4',
      ADMISSION_QUEUE_SIZE: '2',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(service, 'exit');
  try {
    const url = `http://127.0.0.1:${port}`;
    await ready(url);
    const load = {
      url,
      path: '/query',
      perSecond: overload,
      headers: await jsonHeaders(),
      patienceSeconds: 10,
    };
    await sendOpenLoop({ ...load, seconds: 3, bodyOf: (number) => ({ question: `warm-up ${number}` }) });
    const seconds = samples / overload;
    const replies = await sendOpenLoop({ ...load, seconds, bodyOf: (number) => ({ question: `question ${number}` }) });
    const refused = replies.filter(({ status }) => status === 429);
    if (refused.length < replies.length / 2) throw new Error('most questions of an overload are to be refused');
    return percentile(
      refused.map(({ milliseconds }) => milliseconds),
      0.99,
    );
  } finally {
    service.kill('SIGKILL');
    await ended;
    await llm.close();
  }
}

async function ready(url: string): Promise<void> {
  const deadline = performance.now() + startMs;
  for (;;) {
    const status = await request(`${url}/health/ready`).then(
      async ({ statusCode, body }) => (await body.dump(), statusCode),
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > deadline) throw new Error(`the service was not ready within ${startMs / 1000} s`);
    await delay(50);
  }
}
