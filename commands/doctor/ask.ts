import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Longest time for one question, in milliseconds. */
const timeout = 15_000;

/**
 * What a program on the PATH answers.
 *
 * @throws with the last line of its complaint, or when it does not answer in time.
 */
export async function ask(program: string, args: readonly string[]): Promise<string> {
  try {
    const asked = run(program, args, { timeout, maxBuffer: 64 * 2 ** 20 });
    // Where it knows no user it asks for one, and would wait for the answer.
    asked.child.stdin?.end();
    return (await asked).stdout;
  } catch (error) {
    const { killed, stderr = '' } = error as { killed?: boolean; stderr?: string };
    if (killed) throw new Error(`no answer within ${timeout / 1000} s`, { cause: error });
    throw new Error(stderr.trim().split('\n').at(-1) || String(error), { cause: error });
  }
}
