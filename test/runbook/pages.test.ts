import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { parsePromql } from '../../alerts/promql/parse.ts';
import { routing } from '../../alerts/routing/routing.ts';
import { secretKeysAnnotation } from '../../infra/render/manifest.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import { root } from '../processes.ts';
import { configurationVariants } from '../stack/variants.ts';
import { commandsOf, fences } from './fences.ts';

/** A page, or one of its sections, each line break a space. */
function textOf(page: string, section?: string): string {
  const text = readFileSync(join(root, 'docs', 'runbook', page), 'utf8').replaceAll(/\s+/g, ' ');
  return section === undefined ? text : (text.split(` ## ${section} `)[1]?.split(' ## ')[0] ?? '');
}

const alerts = draftGroups().flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));

describe('the runbook', () => {
  test('says what `rollout undo` does not bring back, or leads to where that is said', () => {
    const section = 'emergency-procedures.md';
    expect(textOf(section, 'Roll the API back')).toContain(
      'Configuration comes back only by deploying the earlier commit',
    );
    const undoing = new Set(
      fences().flatMap(({ page, lines }) => (/ rollout undo /.test(lines.join('\n')) ? page : [])),
    );
    expect(undoing.size).toBeGreaterThan(5);
    const silent = [...undoing].filter(
      (page) => page !== section && !textOf(page).includes(`](${section}#roll-the-api-back)`),
    );
    expect(silent).toEqual([]);
  });

  test('undoes no rollout where its own words give configuration as the cause', () => {
    const byConfiguration = ['CostBudgetBurn.md', 'UnauthorizedRequestsHigh.md'];
    for (const { page, lines } of fences()) {
      if (byConfiguration.includes(page)) expect(lines.join('\n')).not.toContain(' rollout undo ');
    }
  });

  test('has each leaked secret whose value before is accepted rotated twice', async () => {
    const manifests = await renderConfiguration(configurationVariants()['prod'] ?? {}, 'prod');
    const accepted = manifests.flatMap(({ metadata: { name, annotations } }) =>
      /-previous\b/.test(annotations?.[secretKeysAnnotation] ?? '') ? [`\`${name}\``] : [],
    );
    expect(accepted).toContain('`api-keys`');
    const [, named] =
      /Of ([^.]*) the value before is still accepted after one rotation. Raise their counter twice/.exec(
        textOf('emergency-procedures.md', 'A secret has leaked'),
      ) ?? [];
    expect(named?.match(/`[^`]+`/g)?.sort()).toEqual(accepted.sort());
  });

  test('names what makes the API not ready, which no dependency does', () => {
    const text = textOf('PodNotReady.md', 'Diagnosis');
    for (const word of ['starts', 'drains', 'EventLoopLag', 'A dependency that is away is none']) {
      expect(text).toContain(word);
    }
  });

  test('compares with the limit of Prometheus what the alert compares', () => {
    const [alert] = alerts.filter(({ alert: name }) => name === 'PrometheusStorageNearLimit');
    const [query] = fences().filter(
      ({ page, language }) => page === 'PrometheusStorageNearLimit.md' && language === 'promql',
    );
    const { metrics } = parsePromql(query?.lines.join('\n') ?? '');
    expect([...metrics].sort()).toEqual([...parsePromql(alert?.expr ?? '').metrics].sort());
  });

  test('silences an alert of one part that is itself told, for a while', () => {
    const silences = commandsOf('amtool').filter(({ command }) => command.includes(' silence add '));
    expect(silences).not.toEqual([]);
    for (const { command } of silences) {
      const { alertname, ...labels } = Object.fromEntries(
        [...command.matchAll(/ (\w+)=(\S+)/g)].map(([, label = '', value = '']) => [label, value]),
      );
      expect(alerts.map(({ alert }) => alert)).toContain(alertname);
      expect(labels).toEqual({ job: expect.any(String) as string, namespace: 'ballast' });
      expect(command).toMatch(/ --duration \d+h /);
      // Of a part with one copy, the alert on all of its copies is told in place of the one on each.
      const replaced = routing.inhibitions.flatMap(({ equal, target }) =>
        equal.includes('job') ? target['alertname'] : [],
      );
      expect(replaced).not.toContain(alertname);
    }
  });
});
