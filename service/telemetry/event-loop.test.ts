import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventLoopMonitor } from './event-loop.ts';

let monitor: EventLoopMonitor;
beforeEach(() => {
  monitor = new EventLoopMonitor();
});
afterEach(() => monitor.close());

/** Lets the monitor's timer run a few times. */
const pause = () => new Promise((wake) => setTimeout(wake, 100));

function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('sees one long block among many short waits, and calls it unhealthy', async () => {
  await pause();
  holdUp(1_200);
  await pause();
  expect(monitor.maxDelayMs).toBeGreaterThan(1_000);
  expect(monitor.healthy).toBe(false);
});

it('is healthy before it has seen anything', () => {
  expect(monitor.maxDelayMs).toBe(0);
  expect(monitor.healthy).toBe(true);
});
