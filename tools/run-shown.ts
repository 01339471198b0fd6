import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program that was shown ended. */
export interface Shown {
  readonly code: number | null;
  /** What it said on standard error. */
  readonly messages: string;
}

/**
 * Runs a program, and shows on standard error what it says there and on standard output.
 *
 * @param env beside this process's.
 */
export async function runShown(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Shown> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 2, 'pipe'] });
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
    process.stderr.write(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, messages };
}
