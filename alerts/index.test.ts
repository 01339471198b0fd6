import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ruleFile, ruleGroups } from './index.ts';
import { routing } from './routing.ts';
import { scheduledTargets, scrapedTargets, type Target } from './target.ts';

const root = resolve(import.meta.dirname, '..');
const all = new Set<Target>([...scrapedTargets, ...scheduledTargets]);
const rules = ruleGroups(all).flatMap((group) => group.rules);

describe('rule groups', () => {
  test('are there for what the stack has, and for nothing else', () => {
    const groups = ruleGroups(new Set(['qdrant', 'redis-backup']));
    expect(groups.map(({ name, target }) => ({ name, target }))).toEqual([
      { name: 'target-qdrant', target: 'qdrant' },
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

describe('every alert', () => {
  const names = [...new Set(rules.map(({ alert }) => alert))];

  test.each(names)('%s has a page that tells what it means and what to do', (alert) => {
    const page = join(root, 'docs', 'runbook', `${alert}.md`);
    expect(existsSync(page)).toBe(true);
    const headings = [...readFileSync(page, 'utf8').matchAll(/^(#+ .*)$/gm)].map(([heading]) => heading);
    expect(headings).toEqual([`# ${alert}`, '## Meaning', '## Impact', '## Diagnosis', '## Mitigation']);
  });

  test('links to its page', () => {
    for (const { alert, annotations } of rules) expect(annotations.runbook_url).toBe(`docs/runbook/${alert}.md`);
  });

  test('links to the web where the address of the repository is known', () => {
    const repositoryUrl = 'https://git.example.com/ballast/blob/main/';
    const [rule] = ruleGroups(new Set(['api']), { repositoryUrl }).flatMap((group) => group.rules);
    expect(rule?.annotations.runbook_url).toBe('https://git.example.com/ballast/blob/main/docs/runbook/TargetDown.md');
  });

  test('carries the namespace where Prometheus watches several, and reads only its series', () => {
    for (const rule of ruleGroups(all, { namespace: 'ballast-prod' }).flatMap((group) => group.rules)) {
      expect(rule.labels['namespace']).toBe('ballast-prod');
      const selectors = rule.expr.match(/\b(up|kube_\w+)(\{[^}]*\})?/g) ?? [];
      expect(selectors).not.toEqual([]);
      for (const selector of selectors) expect(selector).toContain('namespace="ballast-prod"');
    }
  });

  test('that inhibits or is inhibited exists', () => {
    const named = routing.inhibitions.flatMap(({ source, target }) => [source['alertname'], target['alertname']]);
    expect(named.filter((name) => name !== undefined && !names.includes(name))).toEqual([]);
  });

  test('has a page that no alert has left behind', () => {
    const pages = readdirSync(join(root, 'docs', 'runbook')).filter((file) => /^[A-Z]\w+\.md$/.test(file));
    expect(pages.map((page) => page.replace('.md', '')).sort()).toEqual([...names].sort());
  });
});
