import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { finishGroup } from '../../alerts/index.ts';
import type { Draft, Rule, RuleGroup } from '../../alerts/rule.ts';
import { ruleTestFiles, type RuleTestFile } from '../../alerts/rule-tests.ts';
import { run } from '../processes.ts';
import { mutantsOf, type Mutant } from './mutate.ts';

/** A mutant of a group's rule, and whether the tests of that rule notice it. */
export interface JudgedMutant extends Omit<Mutant, 'rule'> {
  readonly group: string;
  /** Name of the alert or of the recorded series. */
  readonly name: string;
  readonly killed: boolean;
}

/**
 * Judges every mutant of every rule by the tests of that rule. To set up a test costs promtool many times what a rule costs, so
 * that all mutants of a rule are evaluated in one go: they stand beside each other in one file of rules, each under a name of
 * its own, and the test asks for each of these names. One process of promtool runs the first test of all rules, the next one
 * the second tests with the mutants that are left, and so on: most fail the first, which expects the alert.
 *
 * @throws when a test fails for a rule that is not changed: nothing that it says would count then.
 */
export async function judgeMutants(groups: readonly RuleGroup<Draft>[]): Promise<JudgedMutant[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-mutants-'));
  try {
    const subjects = groups.flatMap(subjectsOf);
    const most = Math.max(...subjects.map(({ tests }) => tests.length));
    for (let test = 0; test < most; test += 1) {
      const paths = subjects.flatMap((subject, index) => writeTest(subject, folder, index, test));
      const { stdout, stderr } = await run(inject('promtool'), ['test', 'rules', ...paths]);
      for (const [, subject, mutant = ''] of (stdout + stderr).matchAll(failure)) {
        const { name, left } = subjects[Number(subject)] as Subject;
        if (mutant === unchanged) throw new Error(`test ${test} of ${name} fails as it is: ${stdout}${stderr}`);
        left.delete(Number(mutant));
      }
    }
    return subjects.flatMap(({ group, name, mutants, left }) =>
      mutants.map(({ kind, what }, mutant) => ({ group: group.name, name, kind, what, killed: !left.has(mutant) })),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What promtool says of a test that fails. */
const failure = /(?:alertname: |expr: ")[^ "{]*_mutant_(\d+)_(\w+)/g;

/** In place of a mutant's number: the rule as it is. */
const unchanged = 'unchanged';

const mutantName = (name: string, subject: number, mutant: number | string) => `${name}_mutant_${subject}_${mutant}`;

/** What is mutated together: the rules of one name, since a test asks for alerts by their name. */
interface Subject {
  readonly group: RuleGroup<Draft>;
  readonly name: string;
  /** The rules of that name. */
  readonly rules: readonly Rule[];
  /** With the place among these rules of the one that is changed. */
  readonly mutants: readonly (Mutant & { readonly place: number })[];
  /** Files of one test each. */
  readonly tests: readonly RuleTestFile[];
  /** Numbers of the mutants that no test has noticed so far. */
  readonly left: Set<number>;
}

const nameOf = (rule: Draft | Rule) => ('alert' in rule ? rule.alert : rule.record);

function subjectsOf(group: RuleGroup<Draft>): Subject[] {
  const { rules } = finishGroup(group, {});
  return [...Map.groupBy(rules, nameOf)].map(([name, same]) => {
    const mutants = same.flatMap((rule, place) => mutantsOf(rule).map((mutant) => ({ ...mutant, place })));
    const own = { ...group, rules: group.rules.filter((draft) => nameOf(draft) === name) };
    const files = [...ruleTestFiles(own, '').values()];
    const tests = files.flatMap((file) => file.tests.map((test) => ({ ...file, tests: [test] })));
    return { group, name, rules: same, mutants, tests, left: new Set(mutants.keys()) };
  });
}

/** @returns path of the file with the test of the mutants that are left; none when none are, or there are no more tests. */
function writeTest(subject: Subject, folder: string, index: number, number: number): string[] {
  const { group, name, rules, mutants, tests, left } = subject;
  const test = tests[number];
  if (test === undefined || left.size === 0) return [];
  const variants: [string, readonly Rule[]][] = [
    [mutantName(name, index, unchanged), rules],
    ...[...left].map((mutant): [string, readonly Rule[]] => [
      mutantName(name, index, mutant),
      mutants.flatMap(({ rule, place }, each) => (each === mutant ? rules.with(place, rule) : [])),
    ]),
  ];
  const renamed = variants.flatMap(([variant, all]) => all.map((rule) => rename(rule, variant)));
  // Alerts may read what their group records.
  const recordings = finishGroup(group, {}).rules.filter((rule) => 'record' in rule && rule.record !== name);
  const rulesPath = join(folder, `${index}.rules.json`);
  writeFileSync(rulesPath, JSON.stringify({ groups: [{ name: group.name, rules: [...recordings, ...renamed] }] }));
  const path = join(folder, `${index}.test.json`);
  const names = variants.map(([variant]) => variant);
  writeFileSync(path, JSON.stringify({ ...askEach(test, name, names), rule_files: [rulesPath] }));
  return [path];
}

const rename = (rule: Rule, name: string): Rule =>
  'alert' in rule ? { ...rule, alert: name } : { ...rule, record: name };

/** The tests with each question asked of each name. */
function askEach(file: RuleTestFile, name: string, names: readonly string[]): RuleTestFile {
  const tests = file.tests.map(({ alert_rule_test = [], promql_expr_test = [], ...test }) => ({
    ...test,
    alert_rule_test: alert_rule_test.flatMap((one) => names.map((alertname) => ({ ...one, alertname }))),
    promql_expr_test: promql_expr_test.flatMap((one) =>
      names.map((record) => ({
        ...one,
        expr: one.expr.replace(name, record),
        exp_samples: one.exp_samples.map(({ labels, value }) => ({ labels: labels.replace(name, record), value })),
      })),
    ),
  }));
  return { ...file, tests };
}
