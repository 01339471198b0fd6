import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cleanEnvironment, ended, until } from '../processes.ts';
import type { ClientPlan, LoadPlan, Outcome } from './kept-connections.ts';
import type { Exit, RunningService } from '../running-service.ts';

/** What happened to the requests of many clients around the end of a service. */
export interface LoadedShutdown {
  readonly outcomes: readonly Outcome[];
  /** What was accepted, and neither answered by its result nor cut off by the end of the drain as it should be. */
  readonly failures: readonly Outcome[];
  readonly exit: Exit;
  /** From the signal to the end of the process, in milliseconds. */
  readonly goneMs: number;
}

/**
 * A connection that is idle for as long may be closed from then on after the signal, as each may be after the drain: a
 * request that is sent later than that was not accepted with its connection. In milliseconds.
 */
const idleMs = 900;

/** Clocks count whole milliseconds, and timers of Node may be one early. */
const clockMs = 10;

/**
 * Lets clients ask a service, each on a kept connection of its own (see kept-connections.ts), and tells it to stop.
 *
 * @param clients each pauses for far less than a connection may be idle, so that none meets the end of its own.
 * @param drainMs what the service has as its `SHUTDOWN_DRAIN_SECS`.
 * @param underWay resolves when the load is as the test wants it at the signal; waited for once all have asked.
 */
export async function stopUnderLoad(
  service: RunningService,
  clients: readonly ClientPlan[],
  drainMs: number,
  underWay: () => Promise<void>,
): Promise<LoadedShutdown> {
  const program = join(import.meta.dirname, 'kept-connections.ts');
  const load = spawn(process.execPath, ['--no-warnings', program], { env: cleanEnvironment() });
  onTestFinished(() => void load.kill('SIGKILL'));
  let printed = '';
  load.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const loadEnded = ended(load);
  const plan: LoadPlan = { url: service.url, token: service.token, clients };
  load.stdin.end(`${JSON.stringify(plan)}\n`);
  await until('all clients have asked', () => printed.startsWith('ready') || load.exitCode !== null);
  await underWay();

  const signalAt = Date.now();
  service.process.kill('SIGTERM');
  const exit = await service.exit;
  const { code, stdout, stderr } = await loadEnded;
  if (code !== 0) throw new Error(`the clients ended with code ${code}: ${stderr}`);
  const outcomes = JSON.parse(stdout.split('\n')[1] ?? '') as Outcome[];
  const failures = outcomes.filter((outcome) => {
    const { status, event, error, retryAfter, sentAt, endedAt } = outcome;
    if (status === 200 && (event === undefined || event === 'done')) return false;
    const lateMs = sentAt - signalAt;
    if (error !== undefined) return lateMs < drainMs && !(lateMs > idleMs && outcome.idleMs > idleMs);
    const cut = retryAfter && (status === 503 || event === 'error');
    return !(cut && endedAt >= signalAt + drainMs - clockMs);
  });
  return { outcomes, failures, exit, goneMs: exit.at - signalAt };
}
