import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { stringify } from 'yaml';
import { ruleFile } from '../../alerts/index.ts';
import type { RuleGroup } from '../../alerts/rule.ts';
import { run } from '../processes.ts';

/** What Prometheus would have scraped: a value a minute from the start, in promtool's notation. */
export type Samples = Readonly<Record<string, string>>;

/** An alert that fires, in whole. */
export interface Firing {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** One question to the rules. */
export interface RuleTest {
  readonly alert: string;
  /** Time since the first sample. */
  readonly at: string;
  readonly samples: Samples;
  readonly firing: readonly Firing[];
  /** Time between evaluations; coarser where hours pass. @default '1m' */
  readonly every?: string;
}

/** Lets promtool evaluate the rules over the samples, and expects exactly these alerts at that time. */
export async function expectAlerts(
  groups: readonly RuleGroup[],
  { alert, at, samples, firing, every = '1m' }: RuleTest,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-rules-'));
  try {
    await writeFile(join(folder, 'rules.yml'), stringify(ruleFile(groups)));
    const input_series = Object.entries(samples).map(([series, values]) => ({ series, values }));
    const alert_rule_test = [{ alertname: alert, eval_time: at, exp_alerts: firing }];
    const tests = [{ interval: '1m', input_series, alert_rule_test }];
    const file = { rule_files: ['rules.yml'], evaluation_interval: every, tests };
    await writeFile(join(folder, 'test.yml'), stringify(file));
    const { code, stdout, stderr } = await run(inject('promtool'), ['test', 'rules', join(folder, 'test.yml')]);
    expect(code, stdout + stderr).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
}
