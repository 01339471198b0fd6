import { setTimeout as delay } from 'node:timers/promises';

/** Node's names for standard streams: pipes, sockets of the kernel's own and terminals. */
const standard = /^(PipeWrap|TTYWrap)$/;

/**
 * What would keep the process alive now, by Node's names for it, such as `TCPSocketWrap`, `Timeout` or `MessagePort`.
 * Without the standard streams, of which those for output and errors may be open.
 */
export function openResources(): string[] {
  const resources = process.getActiveResourcesInfo();
  const streams = resources.filter((name) => standard.test(name));
  return [...resources.filter((name) => !standard.test(name)), ...streams.slice(2)];
}

/** The same, once what is about to end by itself has done so: a socket that was just closed, a line on its way. */
export async function leftOpen(withinMs: number): Promise<string[]> {
  const end = performance.now() + withinMs;
  await delay(1);
  while (openResources().length > 0 && performance.now() < end) await delay(10);
  return openResources();
}
