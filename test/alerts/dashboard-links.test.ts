import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { panelQueries } from '../stack/panel-queries.ts';

/** Alerts whose dashboard shows nothing that they read, and why. */
const exempt: Readonly<Record<string, string>> = {
  Watchdog: 'it reads no series, and always fires',
};

/** What a label has to be, and the values that this names. */
interface Matcher {
  readonly passes: (value: string) => boolean;
  readonly named: readonly string[];
}

/** Series that an expression reads. */
interface Selector {
  /** A histogram is one metric, whichever of its series is read. */
  readonly metric: string;
  readonly matchers: ReadonlyMap<string, Matcher>;
}

const rules = draftGroups().flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule);
const recordings = rules.filter((rule) => 'record' in rule);

/** What an expression reads, and what that is recorded from. */
function readBy(expression: string): Selector[] {
  return selectorsOf(expression).flatMap((selector) => {
    const sources = recordings.filter(
      ({ record, labels = {} }) =>
        record === selector.metric &&
        Object.entries(labels).every(([label, value]) => selector.matchers.get(label)?.passes(value) ?? true),
    );
    return [selector, ...sources.flatMap(({ expr }) => readBy(expr))];
  });
}

function selectorsOf(expression: string): Selector[] {
  const selectors: Selector[] = [];
  const text = ({ from, to }: { from: number; to: number }) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: ({ name, node }) => {
      if (name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      if (metric === null) throw new Error(`a selector without a metric: ${text(node)}`);
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      selectors.push({
        metric: text(metric).replace(/_(bucket|sum|count)$/, ''),
        matchers: new Map(matchers.map((each) => matcherOf(text(each)))),
      });
    },
  });
  return selectors;
}

function matcherOf(matcher: string): [label: string, Matcher] {
  const [, label = '', operator = '', quoted = ''] = /^(\w+)([=!~]+)(".*")$/.exec(matcher) ?? [];
  const value = JSON.parse(quoted) as string;
  const pattern = operator.endsWith('~') ? new RegExp(`^(?:${value})$`) : undefined;
  const matches = (other: string) => pattern?.test(other) ?? other === value;
  return [
    label,
    {
      passes: (other) => matches(other) !== operator.startsWith('!'),
      named: pattern === undefined ? [value] : value.split('|'),
    },
  ];
}

/** Whether there can be series that both read. */
const meet = (one: Selector, other: Selector) =>
  one.metric === other.metric &&
  [...one.matchers].every(([label, matcher]) => {
    const theirs = other.matchers.get(label);
    if (theirs === undefined) return true;
    const values = [...matcher.named, ...theirs.named, 'another value'];
    return values.some((value) => matcher.passes(value) && theirs.passes(value));
  });

const boards = Map.groupBy(panelQueries(), ({ board }) => board);
const shown = new Map([...boards].map(([board, queries]) => [board, queries.flatMap(({ query }) => readBy(query))]));

/** Alerts by name that lead to a dashboard without anything that they read, with its name. */
const astray = new Map(
  alerts.flatMap(({ alert, dashboard, expr }) => {
    const onBoard = shown.get(`${dashboard}.json`) ?? [];
    const isShown = readBy(expr).some((read) => onBoard.some((selector) => meet(read, selector)));
    return isShown ? [] : [[alert, dashboard] as const];
  }),
);

test('every alert leads to a dashboard that shows something that it reads, or it is known why not', () => {
  expect([...astray].filter(([alert]) => !(alert in exempt))).toEqual([]);
});

test('no alert is exempt whose dashboard shows what it reads, or that is gone', () => {
  expect(Object.keys(exempt).filter((alert) => !astray.has(alert))).toEqual([]);
});
