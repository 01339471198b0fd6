import { percentile } from '../../load/percentile.ts';
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
      .map(({ milliseconds }) => milliseconds);
    const of = (outcome: Outcome) => group.filter((each) => each.outcome === outcome).length;
    return {
      counts: { answered: of('answered'), degraded: of('degraded'), refused: of('refused'), failed: of('failed') },
      median: times.length > 0 ? percentile(times, 0.5) : undefined,
      p95: times.length > 0 ? percentile(times, 0.95) : undefined,
    };
  });
}
