import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { draftGroups, finishGroup, ruleFile } from './index.ts';
import { ruleTestFiles } from './rule-tests.ts';

/** Expressions and texts are not broken into several lines. */
const yaml = (content: unknown) => stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });

/**
 * Writes every rule there is, a file for each group: `rules/<group>.yml` as a Prometheus reads it, `operator/<group>.yml` as an
 * operator does, and `tests/<group>.<interval>.yml`, which promtool runs against the first. What these folders held is gone.
 *
 * @returns how many rules were written.
 */
export function writeRules(folder: string): { readonly alerts: number; readonly recordings: number } {
  for (const name of ['rules', 'operator', 'tests']) {
    rmSync(join(folder, name), { recursive: true, force: true });
    mkdirSync(join(folder, name), { recursive: true });
  }
  const groups = draftGroups();
  for (const group of groups) {
    const { name } = group;
    const spec = ruleFile([finishGroup(group, {})]);
    const metadata = { name: `ballast-${name}`, labels: { 'app.kubernetes.io/part-of': 'ballast' } };
    const object = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec };
    writeFileSync(join(folder, 'rules', `${name}.yml`), yaml(spec));
    writeFileSync(join(folder, 'operator', `${name}.yml`), yaml(object));
    for (const [interval, tests] of ruleTestFiles(group, `../rules/${name}.yml`)) {
      writeFileSync(join(folder, 'tests', `${name}.${interval}.yml`), yaml(tests));
    }
  }
  const rules = groups.flatMap((group) => group.rules);
  const alerts = rules.filter((rule) => 'alert' in rule).length;
  return { alerts, recordings: rules.length - alerts };
}
