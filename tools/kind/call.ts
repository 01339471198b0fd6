import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../../commands/failure.ts';

const run = promisify(execFile);

/** Runs a program of the PATH, and gives what it printed. @throws {Failure} with what it complained of. */
export async function call(program: 'docker' | 'kind', ...args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 64 * 2 ** 20 })).stdout.trim();
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    throw new Failure(`${[program, ...args].join(' ')}: ${stderr.trim() || message}`);
  }
}
