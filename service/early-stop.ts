/** Signals that ask the process to end: of an orchestrator, and of Ctrl-C. */
const signals = ['SIGTERM', 'SIGINT'] as const;

const stop = () => process.exit(0);

/**
 * Ends the process at a signal, with code 0, while it has nothing that could be lost.
 *
 * As the first process of a container it would otherwise ignore SIGTERM until somebody listens, and be killed at the end
 * of the grace period (pid_namespaces(7)).
 */
export function stopAtOnceOnSignal(): void {
  for (const signal of signals) process.on(signal, stop);
}

/** From now on what runs ends first: others listen for both signals already, so that none is lost in between. */
export function leaveSignalsToOthers(): void {
  for (const signal of signals) process.off(signal, stop);
}
