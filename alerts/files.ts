import { stringify } from 'yaml';
import { draftGroups, finishGroup, ruleFile } from './index.ts';
import { parsePromql } from './promql/parse.ts';
import { ruleTestFiles } from './rule-tests.ts';
import type { Draft, RuleGroup } from './rule.ts';

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

/** Who reads the files of an operator. */
export interface RuleFilesOptions {
  /**
   * The stack's, where the operator's Prometheus watches others too: the objects are in it, read its series only, and their alerts
   * carry it. The rules of a Prometheus, and so their tests, are of one stack alone.
   */
  readonly namespace?: string | undefined;
}

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
export function ruleFiles(options: RuleFilesOptions = {}): RuleFiles {
  const files = new Map<string, string>();
  const groups = draftGroups();
  const ofOperator = draftGroups(options);
  const expressions = [...groups, ...ofOperator].flatMap(({ rules }) => rules.map(({ expr }) => expr));
  for (const expression of new Set(expressions)) parsePromql(expression);
  for (const group of ofOperator) files.set(`operator/${group.name}.yml`, yaml(prometheusRule(group, options)));
  for (const group of groups) {
    const { name } = group;
    files.set(`rules/${name}.yml`, yaml(ruleFile([finishGroup(group, {})])));
    for (const [interval, tests] of ruleTestFiles(group, `../rules/${name}.yml`)) {
      files.set(`tests/${name}.${interval}.yml`, yaml(tests));
    }
  }
  const rules = groups.flatMap((group) => group.rules);
  const alerts = rules.filter((rule) => 'alert' in rule).length;
  return { files, alerts, recordings: rules.length - alerts };
}

function prometheusRule(group: RuleGroup<Draft>, { namespace }: RuleFilesOptions) {
  const labels = { 'app.kubernetes.io/part-of': 'ballast' };
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `ballast-${group.name}`, ...(namespace !== undefined && { namespace }), labels },
    spec: ruleFile([finishGroup(group, { namespace })]),
  };
}
