/**
 * A counter that grows only now and then, in promtool's notation: in a test a window that is shorter than it should be sees
 * no growth at all between two steps, where a counter that grows evenly looks the same through every window.
 *
 * @param from its value at the start; well above 0, or Prometheus takes the first step for the birth of the counter.
 * @param by growth at each step.
 * @param samples samples between two steps.
 * @param steps how many there are.
 */
export function inSteps(from: number, by: number, samples: number, steps = 5): string {
  const values = Array.from({ length: steps + 1 }, (_, step) => `${from + step * by}x${samples - 1}`);
  return values.join(' ');
}
