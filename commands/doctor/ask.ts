import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What a program on the PATH answers.
 *
 * @param timeoutMs Longest time for the answer; 15 seconds by default.
 * @throws with the last line of its complaint, or when it does not answer in time.
 */
export async function ask(program: string, args: readonly string[], timeoutMs = 15_000): Promise<string> {
  try {
    const asked = run(program, args, { timeout: timeoutMs, maxBuffer: 64 * 2 ** 20 });
    // Where it knows no user it asks for one, and would wait for the answer.
    asked.child.stdin?.end();
    return (await asked).stdout;
  } catch (error) {
    const { killed, stderr = '' } = error as { killed?: boolean; stderr?: string };
    if (killed) throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error });
    throw new Error(stderr.trim().split('\n').at(-1) || String(error), { cause: error });
  }
}
