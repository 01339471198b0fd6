import { constants } from 'node:os';
import { Failure } from './failure.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does work that a signal interrupts without ending the process, so that it cleans up after itself. The exit code is then 128 and
 * the signal's number, as a shell has it, also when the work ends with a {@link Failure}.
 */
export async function untilInterrupted(work: (interrupted: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  let code: number | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    code = 128 + constants.signals[signal];
    interruption.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await work(interruption.signal);
  } catch (error) {
    throw error instanceof Failure && code !== undefined ? new Failure(error.message, code) : error;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    if (code !== undefined) process.exitCode = code;
  }
}

/** @throws {Failure} when it is interrupted. */
export function requireUninterrupted(interrupted: AbortSignal): void {
  if (interrupted.aborted) throw new Failure('Interrupted before Pulumi was called.');
}
