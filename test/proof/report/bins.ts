import type { Outcome, Sent } from '../traffic.ts';

/** What ended within one stretch of a scenario. */
export interface Bin {
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Of what was answered, in milliseconds; `undefined` where nothing was. */
  readonly median: number | undefined;
  readonly p95: number | undefined;
}

/**
 * Requests in stretches of equal length, by when they ended.
 *
 * @param began of the first stretch, in milliseconds since 1970.
 * @param widthMs of each.
 */
export function binsOf(sent: readonly Sent[], began: number, widthMs: number, count: number): Bin[] {
  const groups = Array.from({ length: count }, (): Sent[] => []);
  for (const each of sent)
    groups[Math.min(count - 1, Math.max(0, Math.floor((each.at - began) / widthMs)))]?.push(each);
  return groups.map((group) => {
    const times = group
      .filter(({ outcome }) => outcome === 'answered' || outcome === 'degraded')
      .map(({ milliseconds }) => milliseconds)
      .sort((a, b) => a - b);
    const of = (outcome: Outcome) => group.filter((each) => each.outcome === outcome).length;
    return {
      counts: { answered: of('answered'), degraded: of('degraded'), refused: of('refused'), failed: of('failed') },
      median: quantile(times, 0.5),
      p95: quantile(times, 0.95),
    };
  });
}

/** The nearest-rank quantile of sorted numbers. */
const quantile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
