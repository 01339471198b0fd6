import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draftGroups, ruleFile, ruleGroups } from './index.ts';
import { foreignMetrics } from './promql/foreign/index.ts';
import type { ForeignMetric } from './promql/foreign/metric.ts';
import { parsePromql } from './promql/parse.ts';
import { unknownNames } from './promql/unknown-names.ts';
import { routing } from './routing/routing.ts';
import type { Scenario } from './scenario.ts';
import { observedTargets, scheduledTargets, scrapedTargets, type Target } from './target.ts';

const root = resolve(import.meta.dirname, '..');
const all = new Set<Target>([...scrapedTargets, ...scheduledTargets, ...observedTargets]);
const rules = ruleGroups(all).flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule);

describe('rule groups', () => {
  test('are there for what the stack has, and for nothing else', () => {
    const groups = ruleGroups(new Set(['qdrant', 'redis-backup']));
    expect(groups.map(({ name, target }) => ({ name, target }))).toEqual([
      { name: 'target-qdrant', target: 'qdrant' },
      { name: 'qdrant', target: 'qdrant' },
      { name: 'backup-redis-backup', target: 'redis-backup' },
    ]);
  });

  test('are none for a stack without anything to watch', () => {
    expect(ruleGroups(new Set())).toEqual([]);
  });

  test('cover every target', () => {
    expect(new Set(ruleGroups(all).map(({ target }) => target))).toEqual(all);
  });

  test('have names of their own', () => {
    const names = ruleGroups(all).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are written without what Prometheus does not know', () => {
    const [group] = ruleFile(ruleGroups(new Set(['qdrant']))).groups;
    expect(Object.keys(group ?? {})).toEqual(['name', 'rules']);
  });
});

describe('every rule', () => {
  const ofWholeCluster = Object.entries<ForeignMetric>(foreignMetrics).flatMap(([name, { wholeCluster }]) =>
    wholeCluster === true ? [name] : [],
  );

  test('carries the namespace where Prometheus watches several, and reads only its series', () => {
    for (const rule of ruleGroups(all, { namespace: 'ballast-prod' }).flatMap((group) => group.rules)) {
      expect(rule.labels).toMatchObject({ namespace: 'ballast-prod' });
      for (const metric of parsePromql(rule.expr).metrics) {
        if (ofWholeCluster.includes(metric)) continue;
        const selectors = rule.expr.match(new RegExp(`(?<![\\w:])${metric}(\\{[^}]*\\})?`, 'g')) ?? [];
        expect(selectors).not.toEqual([]);
        for (const selector of selectors) expect(selector).toContain('namespace="ballast-prod"');
      }
    }
  });

  test('reads series that something emits, by labels that they have', () => {
    for (const { expr } of rules) expect(unknownNames(expr), expr).toEqual([]);
  });

  test('is tested with series that something emits, with labels that they have', () => {
    const drafts = draftGroups().flatMap((group) => group.rules);
    const scenarios = drafts.flatMap((draft): readonly Scenario[] =>
      'alert' in draft ? [...draft.scenarios.fires, ...draft.scenarios.quiet] : draft.scenarios,
    );
    const tested = [...new Set(scenarios.flatMap(({ series }) => Object.keys(series)))];
    const unknown = tested.filter(
      (series) => parsePromql(series).metrics.length !== 1 || unknownNames(series).length > 0,
    );
    expect(tested.length).toBeGreaterThan(300);
    expect(unknown).toEqual([]);
  });

  test('has its windows scaled, and nothing else', () => {
    const scaled = draftGroups({ timeScale: 1 / 60 }).flatMap((group) => group.rules);
    const plain = draftGroups().flatMap((group) => group.rules);
    expect(scaled).toHaveLength(plain.length);
    for (const [index, { expr }] of scaled.entries()) {
      const withoutWindows = (text = '') => text.replaceAll(/\[[^\]]+\]|(?<= offset )\w+/g, '[]');
      expect(withoutWindows(expr)).toBe(withoutWindows(plain[index]?.expr));
    }
  });
});

describe('every alert', () => {
  const names = [...new Set(alerts.map(({ alert }) => alert))];

  test('is tested by a case in which it is silent, unless it always fires', () => {
    const drafts = draftGroups().flatMap((group) => group.rules);
    const loud = drafts.filter((draft) => 'alert' in draft && draft.scenarios.quiet.length === 0);
    expect(loud.map((draft) => 'alert' in draft && draft.alert)).toEqual([routing.watchdog.alert]);
  });

  test.each(names)('%s has a page that tells what it means and what to do', (alert) => {
    const page = join(root, 'docs', 'runbook', `${alert}.md`);
    expect(existsSync(page)).toBe(true);
    const headings = [...readFileSync(page, 'utf8').matchAll(/^(#+ .*)$/gm)].map(([heading]) => heading);
    expect(headings).toEqual([`# ${alert}`, '## Meaning', '## Impact', '## Diagnosis', '## Mitigation']);
  });

  test('links to its page', () => {
    for (const { alert, annotations } of alerts) expect(annotations.runbook_url).toBe(`docs/runbook/${alert}.md`);
  });

  test('links to the web where the addresses of the repository and of Grafana are known', () => {
    const options = {
      repositoryUrl: 'https://git.example.com/ballast/blob/main/',
      grafanaUrl: 'https://grafana.example.com',
    };
    const [rule] = ruleGroups(new Set(['api']), options).flatMap((group) => group.rules);
    expect(rule).toMatchObject({
      annotations: {
        runbook_url: 'https://git.example.com/ballast/blob/main/docs/runbook/TargetDown.md',
        dashboard_url: 'https://grafana.example.com/d/ballast-monitoring',
      },
    });
  });

  test('that inhibits or is inhibited exists', () => {
    const named = routing.inhibitions.flatMap(({ source, target }) => [
      source['alertname'] ?? [],
      target['alertname'] ?? [],
    ]);
    expect(named.flat().filter((name) => !names.includes(name))).toEqual([]);
  });

  test('has a page that no alert has left behind', () => {
    const pages = readdirSync(join(root, 'docs', 'runbook')).filter((file) => /^[A-Z]\w+\.md$/.test(file));
    expect(pages.map((page) => page.replace('.md', '')).sort()).toEqual([...names].sort());
  });
});
