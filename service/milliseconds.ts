/** Whole milliseconds of a configured number of seconds, at least one: timers and limits take nothing finer. */
export function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}
