/** A duration as Prometheus writes it, in one unit. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A duration in seconds. */
export function seconds(duration: Duration): number {
  const unit = duration.slice(-1) as keyof typeof units;
  return Number(duration.slice(0, -1)) * units[unit];
}

/**
 * A duration times a factor, as Prometheus writes it, in whole milliseconds where it is no whole number of seconds. The same
 * text comes back for a factor of 1.
 */
export function scaled(duration: Duration, factor: number): string {
  if (factor === 1) return duration;
  const milliseconds = Math.round(seconds(duration) * factor * 1000);
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
