import { finishAlert } from './finish.ts';
import { seconds, type Duration } from './promql/duration.ts';
import type { AlertDraft, Draft, RecordingDraft, RuleGroup } from './rule.ts';
import type { Firing, FiringAlert, Quiet, Scenario } from './scenario.ts';

/** A file of tests as promtool reads it: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
export interface RuleTestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: Duration;
  readonly tests: readonly RuleTest[];
}

interface RuleTest {
  readonly name: string;
  readonly interval: Duration;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly AlertExpectation[];
  readonly promql_expr_test?: readonly ValueExpectation[];
}

/** A test, and the time between the evaluations of the rules in it. */
interface TimedTest {
  readonly evaluate: Duration;
  readonly test: RuleTest;
}

interface AlertExpectation {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts: readonly {
    readonly exp_labels: Readonly<Record<string, string>>;
    readonly exp_annotations: Readonly<Record<string, string>>;
  }[];
}

interface ValueExpectation {
  readonly eval_time: string;
  readonly expr: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/**
 * The tests of a group, by the time between evaluations, which promtool knows once a file: tests that watch a minute go by need
 * a finer one than those that watch days.
 *
 * @param rulesPath Path of the file with the group, from the folder of the tests.
 */
export function ruleTestFiles(group: RuleGroup<Draft>, rulesPath: string): ReadonlyMap<Duration, RuleTestFile> {
  const tests = group.rules.flatMap(testsOf);
  const files = [...Map.groupBy(tests, ({ evaluate }) => evaluate)].map(
    ([evaluate, each]): [Duration, RuleTestFile] => [
      evaluate,
      { rule_files: [rulesPath], evaluation_interval: evaluate, tests: each.map(({ test }) => test) },
    ],
  );
  return new Map(files);
}

function testsOf(draft: Draft): TimedTest[] {
  return 'alert' in draft ? testsOfAlert(draft) : testsOfRecording(draft);
}

function testsOfAlert(draft: AlertDraft): TimedTest[] {
  const { fires, quiet, firesWithoutData = false } = draft.scenarios;
  const [first] = fires;
  const empty: Firing = { ...first, series: {} };
  return [
    ...fires.map((each) => firingTest(draft, each)),
    ...(firesWithoutData
      ? []
      : [silentTest(draft, { ...empty, because: 'there is no data', at: firingTime(draft, first) })]),
    ...quiet.map((each) => silentTest(draft, each)),
  ];
}

/** At its time, and one evaluation earlier not yet; until its end, and then no longer. */
function firingTest(draft: AlertDraft, scenario: Firing): TimedTest {
  const { alert, keepFiringFor = '0m' } = draft;
  const { holdsUntil, alerts } = scenario;
  const step = seconds(timeBetweenEvaluations(scenario));
  const at = seconds(firingTime(draft, scenario));
  const firing = alerts.map((each) => expectedAlert(draft, each));
  const expectation = (time: number, exp_alerts: AlertExpectation['exp_alerts']): AlertExpectation => ({
    eval_time: `${time}s`,
    alertname: alert,
    exp_alerts,
  });
  const started = [expectation(at - step, []), expectation(at, firing)];
  if (holdsUntil === undefined) return timed(`${alert} fires`, scenario, { alert_rule_test: started });
  const end = seconds(holdsUntil) + seconds(keepFiringFor);
  const ended = [expectation(end - step, firing), expectation(end, [])];
  return timed(`${alert} fires, and ends`, scenario, { alert_rule_test: [...started, ...ended] });
}

const firingTime = (draft: AlertDraft, { holdsFrom }: Firing): Duration =>
  `${seconds(holdsFrom) + seconds(draft.for)}s`;

function expectedAlert(
  draft: AlertDraft,
  { labels, description }: FiringAlert,
): AlertExpectation['exp_alerts'][number] {
  const rule = finishAlert(draft, {});
  return { exp_labels: { ...labels, ...rule.labels }, exp_annotations: { ...rule.annotations, description } };
}

function silentTest(draft: AlertDraft, scenario: Quiet): TimedTest {
  return timed(`${draft.alert} is silent: ${scenario.because}`, scenario, {
    alert_rule_test: [{ eval_time: scenario.at, alertname: draft.alert, exp_alerts: [] }],
  });
}

function testsOfRecording({ record, labels, scenarios }: RecordingDraft): TimedTest[] {
  const matchers = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const series = `${record}{${matchers.join(', ')}}`;
  return scenarios.map((scenario) =>
    timed(`${series} is recorded`, scenario, {
      promql_expr_test: [
        {
          eval_time: scenario.at,
          expr: series,
          exp_samples: scenario.values.map(({ labels: of, value }) => ({
            labels: `${record}{${Object.entries({ ...labels, ...of })
              .map(([label, text]) => `${label}=${JSON.stringify(text)}`)
              .join(', ')}}`,
            value,
          })),
        },
      ],
    }),
  );
}

type Expectations = Pick<RuleTest, 'alert_rule_test' | 'promql_expr_test'>;

function timed(name: string, scenario: Scenario, expectations: Expectations): TimedTest {
  const { series, every = '1m' } = scenario;
  const input_series = Object.entries(series).map(([of, values]) => ({ series: of, values }));
  return {
    evaluate: timeBetweenEvaluations(scenario),
    test: { name, interval: every, input_series, ...expectations },
  };
}

const timeBetweenEvaluations = ({ every = '1m', evaluate = every }: Scenario): Duration => evaluate;
