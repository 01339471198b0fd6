import { inSteps } from './in-steps.ts';
import type { Duration } from './promql/duration.ts';
import type { AlertDraft } from './rule.ts';
import type { Scenario } from './scenario.ts';

/** What an alert on the share of failed requests is made from. */
export interface FailedShare {
  /** Time over which requests are counted, and for which too many must fail. @default '5m' */
  readonly window?: '5m' | '10m';
  /** Requests that failed, and all of them, over the window: of both the rate, or of both the increase. */
  readonly failed: string;
  readonly all: string;
  /** Increase of all over the window. */
  readonly counted: string;
  /** Labels by which requests are told apart. */
  readonly by?: readonly string[];
  /** Their values in the tests. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Share above which it fires: a tenth at most. */
  readonly above: number;
  /** The counters, by values that each is given. */
  readonly counters: (values: { good: string; failed: string; all: string }) => Scenario['series'];
  /** Counters of what looks like a failure and is none. */
  readonly excused?: { readonly because: string; readonly counters: FailedShare['counters'] };
  /** The description, by what stands for the share. */
  readonly description: (share: string) => string;
  /** The description of the tests, where it has more than the share to fill in. */
  readonly filled?: (share: string) => string;
}

/** Fewer requests than this in a minute say nothing. */
const fewestPerMinute = 4;

/** An alert on the share of requests that failed within a window, silent where there are few. */
export function failedShare(alert: FailedShare): Pick<AlertDraft, 'expr' | 'for' | 'description' | 'scenarios'> {
  const { window = '5m', failed, all, counted, above, description, filled = description, excused } = alert;
  const minutes = Number.parseInt(window);
  const fewest = fewestPerMinute * minutes;
  const sum = alert.by === undefined ? 'sum' : `sum by (${alert.by.join(', ')}) `;
  // Five samples a window, of which the last four see the first step.
  const every: Duration = `${minutes / 5}m`;
  const holdsFrom: Duration = `${(minutes * 4) / 5}m`;
  const at: Duration = `${(minutes * 9) / 5}m`;
  const percent = above * 100;
  const many = 1.5 * fewest;
  return {
    expr: `${sum}(${failed}) / ${sum}(${all}) > ${above} and ${sum}(${counted}) > ${fewest}`,
    for: window,
    description: description('{{ $value | humanizePercentage }}'),
    scenarios: {
      fires: [
        {
          every,
          series: each(alert.counters, many * (1 - 2 * above), many * 2 * above),
          holdsFrom,
          alerts: [{ ...(alert.labels && { labels: alert.labels }), description: filled(`${2 * percent}%`) }],
        },
      ],
      quiet: [
        { because: `${percent} % fail`, every, series: each(alert.counters, 100 - percent, percent), at },
        // What is seen of a window are four fifths.
        { because: `only ${fewest} were counted`, every, series: each(alert.counters, 0.4 * fewest, 0.4 * fewest), at },
        ...(excused ? [{ because: excused.because, every, series: each(excused.counters, 90, 10), at }] : []),
      ],
    },
  };
}

/** So many good and failed requests at once, each fourth sample. */
function each(counters: FailedShare['counters'], good: number, failed: number): Scenario['series'] {
  const values = (by: number) => inSteps(1000, by, 4);
  return counters({ good: values(good), failed: values(failed), all: values(good + failed) });
}
