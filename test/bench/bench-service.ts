import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../../commands/free-port.ts';
import { environment } from './bench-app.ts';

const startMs = 60_000;

/** The service in a process of its own, whose log is thrown away. */
export interface BenchService {
  readonly url: string;
  /** Ends it at once. */
  readonly close: () => Promise<void>;
}

/** Starts `server.ts`, and waits until it is ready. @throws when it is not within a minute. */
export async function startBenchService(env: Readonly<Record<string, string>>): Promise<BenchService> {
  const port = await freePort();
  const script = join(import.meta.dirname, '..', '..', 'service', 'server.ts');
  const service = spawn(process.execPath, ['--no-warnings', script], {
    env: { PATH: process.env['PATH'], ...environment, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(service, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    service.kill('SIGKILL');
    await ended;
  };
  try {
    await ready(url);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
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
