import { stringify } from 'yaml';
import { draftGroups, finishGroup, ruleFile } from './index.ts';
import { parsePromql } from './promql/parse.ts';
import { ruleTestFiles } from './rule-tests.ts';

/** Every rule there is, as files. */
export interface RuleFiles {
  /**
   * Text by path, a file for each group: `rules/<group>.yml` as a Prometheus reads it, `operator/<group>.yml` as an operator does,
   * and `tests/<group>.<interval>.yml`, which promtool runs against the first.
   */
  readonly files: ReadonlyMap<string, string>;
  readonly alerts: number;
  readonly recordings: number;
}

/** First line of every file: how a later `npm run alerts` knows which files are its own. */
const header = '# Made by `npm run alerts`.';

/** Whether the text of a file is one that {@link ruleFiles} gave once. */
export const isRuleFile = (text: string): boolean => text.startsWith(header);

/** Expressions and texts are not broken into several lines. */
const yaml = (content: unknown) => `${header}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;

/**
 * Writes every rule as text, once its expression was parsed. A program that deploys does not parse the same text again: it would
 * take most of the time of making the rules.
 *
 * @throws {SyntaxError} when an expression is no PromQL.
 */
export function ruleFiles(): RuleFiles {
  const files = new Map<string, string>();
  const groups = draftGroups();
  for (const { expr } of groups.flatMap(({ rules }) => rules)) parsePromql(expr);
  for (const group of groups) {
    const { name } = group;
    const spec = ruleFile([finishGroup(group, {})]);
    const metadata = { name: `ballast-${name}`, labels: { 'app.kubernetes.io/part-of': 'ballast' } };
    const object = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec };
    files.set(`rules/${name}.yml`, yaml(spec));
    files.set(`operator/${name}.yml`, yaml(object));
    for (const [interval, tests] of ruleTestFiles(group, `../rules/${name}.yml`)) {
      files.set(`tests/${name}.${interval}.yml`, yaml(tests));
    }
  }
  const rules = groups.flatMap((group) => group.rules);
  const alerts = rules.filter((rule) => 'alert' in rule).length;
  return { files, alerts, recordings: rules.length - alerts };
}
