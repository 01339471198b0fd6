import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A stand-in that takes no time of the process that asks for it. */
export interface StandinProcess {
  readonly url: string;
  /** Ends it at once. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a stand-in in a process of its own, and waits until it listens.
 *
 * @param options of its command line.
 * @throws when it ends before.
 */
export async function startStandinProcess(
  name: 'llm' | 'otlp',
  ...options: readonly string[]
): Promise<StandinProcess> {
  const script = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, ['--no-warnings', script, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`the stand-in ${name} ended with code ${String(code)}`);
  });
  died.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), died])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
