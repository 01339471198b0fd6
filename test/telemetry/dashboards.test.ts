import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import type { AlertRule, RuleGroup, Severity } from '../../alerts/rule.ts';
import { RunningAlertmanager } from '../alerts/running-alertmanager.ts';
import { RunningPrometheus } from '../alerts/running-prometheus.ts';
import { startWebhook } from '../alerts/webhook.ts';
import { root, until } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { panelQueries, type PanelQuery } from '../stack/panel-queries.ts';
import { startLlmStandin } from '../standins/llm.ts';

/** Programs that do not run here, by the names of their series: what asks for these has no data. */
const absentPrograms: readonly (readonly [RegExp, string])[] = [
  [/\bkube_\w+/, 'kube-state-metrics needs a cluster'],
  [/\b(rest_responses|collection_|cluster_|memory_resident_bytes)\w*/, 'the Qdrant server cannot be had here'],
  [/\bte_\w+/, 'the TEI server cannot be had here'],
  [/\blitellm_\w+/, 'LiteLLM takes half a minute to start, and other tests hold it'],
  [/\bredis_\w+/, 'the exporter of Redis does not run here'],
  [/\b(otelcol|loki)_\w+/, 'neither the collector nor Alloy runs here'],
  [/\bkubelet_\w+/, 'there is no kubelet without a cluster'],
  [/\bcertmanager_\w+/, 'cert-manager needs a cluster'],
  [/\bup\{job="(qdrant|tei|litellm|redis|otel-collector)"/, 'none of these is scraped here'],
];

/** Panels about what does run here that have no data all the same, and why. */
const silentPanels: Readonly<Record<string, string>> = {
  'monitoring.json Failed rules {{rule_group}}': 'it shows rules that fail, and none does',
  'monitoring.json Evaluations left out {{rule_group}}': 'it shows groups that are too slow, and none is',
  'monitoring.json Notifications {{integration}} failed': 'it shows ways that fail, and none does',
  'monitoring.json Copies of Alertmanager {{instance}}': 'a single copy without others to hear of does not count',
};

const key = ({ board, panel, legend }: PanelQuery) => `${board} ${panel} ${legend}`;

test(
  'every panel about what runs has data once the service has had questions of all kinds',
  { timeout: 180_000 },
  async () => {
    const alertmanager = await startAlertmanager();
    const { service, ask } = await startService();
    // Growth is seen from the second sample on, so that everything is scraped before it is asked.
    const prometheus = await RunningPrometheus.start({
      jobs: { api: [new URL(service.url).host], alertmanager: [alertmanager] },
      ruleGroups: recordingsAndTwoAlerts(),
      alertmanager,
    });
    // A range of Grafana's that has all of it.
    const queries = panelQueries(300);
    const absent = queries.filter(({ expr }) => absentPrograms.some(([series]) => series.test(expr)));
    const silent = queries.filter((each) => key(each) in silentPanels);
    const speaking = queries.filter((each) => !absent.includes(each) && !silent.includes(each));
    let without = speaking;
    await until(
      'every panel has data',
      async () => {
        await ask();
        without = await withoutData(prometheus, without);
        return without.length === 0;
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(`without data:\n${without.map(key).join('\n')}`, { cause });
    });

    // A table that names what does have data is wrong.
    expect(silent).toHaveLength(Object.keys(silentPanels).length);
    expect((await withoutData(prometheus, silent)).map(key)).toEqual(silent.map(key));
    for (const [series, why] of absentPrograms) {
      const asked = absent.filter(({ expr }) => series.test(expr));
      expect(asked, why).not.toEqual([]);
      const counting = asked.filter(({ expr }) => !expr.includes('vector(0)'));
      expect((await withoutData(prometheus, counting)).map(key)).toEqual(counting.map(key));
    }
  },
);

/** Those without a single number: a share of nothing is none, and no number is at least the lowest. */
async function withoutData(prometheus: RunningPrometheus, queries: readonly PanelQuery[]): Promise<PanelQuery[]> {
  const found = await Promise.all(
    queries.map(async (each) => ((await prometheus.query(`(${each.query}) >= -Inf`)).length === 0 ? [each] : [])),
  );
  return found.flat();
}

/** What is recorded of the objectives, in seconds where that is minutes, an alert that fires and one that is about to. */
function recordingsAndTwoAlerts(): RuleGroup[] {
  const recordings = ruleGroups(new Set(['api']), { timeScale: 1 / 30 }).map((group) => {
    return { ...group, rules: group.rules.filter((rule) => 'record' in rule) };
  });
  const alert = (name: string, severity: Severity, forTime: string): AlertRule => ({
    alert: name,
    expr: 'vector(1)',
    for: forTime,
    labels: { severity },
    annotations: { summary: '', description: '', runbook_url: '', dashboard_url: '' },
  });
  const rules = [alert('Firing', 'critical', '0s'), alert('Pending', 'warning', '1h')];
  return [...recordings.filter(({ rules }) => rules.length > 0), { name: 'alerts', target: 'api', rules }];
}

/** The real Alertmanager with somebody to tell. Returns its address. */
async function startAlertmanager(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-alertmanager-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'alertmanager.yml');
  const receiver = { name: 'somebody', webhook_configs: [{ url: (await startWebhook()).url }] };
  writeFileSync(file, JSON.stringify({ route: { receiver: 'somebody', group_wait: '1s' }, receivers: [receiver] }));
  return new URL((await RunningAlertmanager.start(file)).url).host;
}

const prices = { input: 0.5, output: 2 };
const modelTable = {
  models: { qwen: { price_per_1k: prices }, mistral: { price_per_1k: prices }, phi: { price_per_1k: prices } },
  modes: {
    creative: { model: 'qwen', temperature: 0.9, fallback: 'balanced' },
    balanced: { model: 'mistral', temperature: 0.3, fallback: null },
    fast: { model: 'phi', temperature: 0, fallback: null },
  },
  variants: { default: { weight: 1 }, brief: { weight: 1, instructions: 'Answer in one sentence.' } },
};

/** The service with models of which some fail, and questions of all kinds for it. */
async function startService(): Promise<{ readonly service: RunningService; readonly ask: () => Promise<void> }> {
  const llm = await startLlmStandin({
    models: ['qwen', 'mistral', 'phi'],
    reply: ({ messages }) => (JSON.stringify(messages).includes('how many days') ? '{"days": 3}' : 'Set PORT [1].'),
  });
  const folder = mkdtempSync(join(tmpdir(), 'ballast-dashboards-'));
  onTestFinished(async () => {
    await llm.close();
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'models.json');
  writeFileSync(file, JSON.stringify(modelTable));
  await llm.setFault({ kind: 'status', status: 500 }, { only: 'qwen' });
  // Nobody asks this one, and one that failed its test is tested again and again.
  await llm.addFault({ kind: 'status', status: 500 }, { only: 'phi' });
  const service = await RunningService.start({
    LLM_BASE_URL: llm.url,
    MODELS_FILE: file,
    CORPUS_DIR: join(root, 'docs', 'handbook'),
    TOP_QUESTIONS_ENABLED: 'true',
    TENANT_BUDGET_USD_PER_DAY: '1000',
    JSON_GUARD_BACKOFF_BASE_SECS: '0',
    JSON_GUARD_JITTER_SECS: '0',
  });

  let round = 0;
  // In each round other ones than before, which no stored answer is there for.
  const question = (text: string, more: object = {}) =>
    service.post('/query', { question: `${text} (${round})`, ...more });
  const schema = { type: 'object', properties: { days: { type: 'integer' } }, required: ['days'] };
  const ask = async () => {
    round += 1;
    const statuses: number[] = [];
    const sent = async (response: Promise<Response>) => {
      const { status, body } = await response;
      await body?.cancel();
      statuses.push(status);
    };
    await sent(question('How do I change the port?', { session_id: 'a' }));
    // The same once more: from the cache.
    await sent(question('How do I change the port?', { session_id: 'a' }));
    await sent(question('What is a breaker?', { session_id: 'b', mode: 'creative' }));
    const stream = await question('What is the queue?', { session_id: 'c', stream: true });
    await stream.text();
    await sent(question('After how many days are traces removed?', { schema }));
    await sent(question('Which part is read?', { schema, fallback: { days: 0 } }));
    await sent(service.post('/query', {}));
    await sent(service.post('/query', { question: 'Who am I?' }, { headers: { authorization: 'Bearer none' } }));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 400, 401]);
  };
  return { service, ask };
}
