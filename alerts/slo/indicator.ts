import type { AnyChoice, BoundIndicator, Counted, ShareIndicator } from '../../service/contract/slo.ts';
import type { Duration } from '../promql/duration.ts';
import type { Matches, Promql } from '../promql/promql.ts';

/** What an objective counts. */
export type Indicator = ShareIndicator | BoundIndicator;

/** Expressions that sum over replicas and over whatever labels an indicator does not name. */
export interface Events {
  /** Good events; none where there is no series of them. */
  readonly good: string;
  /** All events, without those that are apart; no value where there is no series of them. */
  readonly total: string;
}

/** The events of an indicator over a window: how many, or how many each second. */
export function events(indicator: Indicator, operation: 'increase' | 'rate', window: Duration, promql: Promql): Events {
  const of = promql[operation];
  if (indicator.kind === 'share') {
    const { counter, good, total, apart } = indicator;
    const all = (each: Counted) => of(each.counter, window, matches(each.choice));
    const { good: goodEvents, total: totalEvents } = summed(
      all({ counter, choice: good }),
      all({ counter, choice: total }),
    );
    const without = apart.map((each) => ` - ${orNone(all(each))}`).join('');
    return { good: goodEvents, total: without === '' ? totalEvents : `clamp_min(${totalEvents}${without}, 0)` };
  }
  const { histogram, bound } = indicator;
  const atMost = operation === 'rate' ? promql.rateAtMost : promql.increaseAtMost;
  // The contract holds the bound to a bucket of this histogram.
  return summed(atMost(histogram, bound as never, window), of(`${histogram}_count`, window));
}

const summed = (good: string, total: string): Events => ({
  good: orNone(good),
  total: `sum(${total})`,
});

/** None where there is no series. */
const orNone = (events: string) => `(sum(${events}) or vector(0))`;

/** The contract holds the choice to labels of this counter. */
const matches = (choice: AnyChoice) => choice as Matches<ShareIndicator['counter']>;
