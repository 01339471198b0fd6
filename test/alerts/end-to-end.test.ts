import { expect, test } from 'vitest';
import { routing } from '../../alerts/routing/routing.ts';
import { until } from '../processes.ts';
import type { ChatBody } from '../standins/completion.ts';
import { defaultReply } from '../standins/llm.ts';
import { ask } from './load.ts';
import { startWatchedStack } from './watched-stack.ts';
import type { Message } from './webhook.ts';

/** What is to fire, by labels that tell it from others. */
const expected = [
  { alertname: 'CircuitBreakerOpen', severity: 'critical', model: 'mistral' },
  { alertname: 'LLMModelUnhealthy', severity: 'critical', model: 'qwen' },
  { alertname: 'HighJSONFallbackRate', severity: 'warning' },
  { alertname: 'LowCacheHitRate', severity: 'warning' },
  { alertname: 'LatencyBudgetBurn', severity: 'critical', slo: 'latency' },
  { alertname: 'TargetDown', severity: 'warning', job: 'api' },
  { alertname: 'AllTargetsDown', severity: 'warning', job: 'api-canary' },
] as const;

/** What follows from that, and is not to be told. */
const silent = { alertname: 'TargetDown', job: 'api-canary' } as const;

type Alert = Message['alerts'][number] & { readonly path: string };

/** The alerts that people were told of. */
const toldBy = (messages: readonly Message[]): Alert[] =>
  messages
    .filter(({ path }) => path !== '/watchdog')
    .flatMap(({ path, alerts }) => alerts.map((alert) => ({ ...alert, path })));

const has = (alert: Alert, labels: object) =>
  Object.entries(labels).every(([name, value]) => alert.labels[name] === value);

/** Those of the expected alerts that no message tells to be in this state. */
const missing = (messages: readonly Message[], status: Alert['status']) =>
  expected.filter((labels) => !toldBy(messages).some((alert) => alert.status === status && has(alert, labels)));

const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const modes = ['creative', 'balanced', 'fast'] as const;

const asksForJson = ({ messages }: ChatBody) => JSON.stringify(messages).includes('how many');
const validJson = (body: ChatBody) => (asksForJson(body) ? '{"n":3}' : defaultReply(body));
const invalidJson = (body: ChatBody) => (asksForJson(body) ? 'many' : defaultReply(body));

test('faults of the real service are told with their pages, and so are their ends', { timeout: 300_000 }, async () => {
  const repositoryUrl = 'https://git.example.com/ballast/blob/main';
  const grafanaUrl = 'https://grafana.example.com';
  const { service, llm, slowService, slowLlm, idle, canary, prometheus, told } = await startWatchedStack({
    // A minute is a second.
    timeScale: 1 / 60,
    repositoryUrl,
    grafanaUrl,
    env: {
      AUTO_DOWNSHIFT_ENABLED: 'true',
      CIRCUIT_BREAKER_TIMEOUT_SECS: '10',
      JSON_GUARD_BACKOFF_BASE_SECS: '0',
      JSON_GUARD_JITTER_SECS: '0',
    },
    reply: validJson,
  });

  // As on any day: what many ask, which is in the cache after the first time.
  const usual = ask(service, 5, (n) => ({ input: `What is usual ${n % 3}?`, mode: modes[n % 3] }));
  ask(service, 2, (n) => ({ input: `how many ${n % 3}?`, mode: 'fast', schema }));
  ask(slowService, 1, (n) => ({ input: `What else ${n % 3}?`, mode: 'fast' }));
  await until('it has served for a while', () => usual.answered >= 75, 60_000);
  const fired = await prometheus.query('last_over_time(ALERTS{alertstate="firing"}[1h])');
  expect(fired).toEqual([expect.objectContaining({ alertname: routing.watchdog.alert })]);
  expect(toldBy(told.messages)).toEqual([]);

  await llm.setFault({ kind: 'status', status: 500 }, { only: 'mistral' });
  await llm.setFault({ kind: 'status', status: 500 }, { only: 'qwen' });
  await slowLlm.setFault({ kind: 'slow', ms: 2_200 });
  llm.settings.reply = invalidJson;
  // A model that fails once is unhealthy until it answers; its breaker opens after several failures.
  await service.predict('What is wrong?', { mode: 'creative' });
  const strange = [
    ask(service, 2, (n) => ({ input: `What is new ${n}?`, mode: 'balanced' })),
    ask(service, 6, (n) => ({ input: `how many new ${n}?`, mode: 'fast', schema, fallback: { n: 0 } })),
    ask(slowService, 18, (n) => ({ input: `What is slow ${n}?`, mode: 'fast' })),
  ];
  await idle.frozen(() =>
    canary.frozen(() =>
      until('all is told', () => missing(told.messages, 'firing').length === 0, 90_000).catch(() =>
        expect(missing(told.messages, 'firing')).toEqual([]),
      ),
    ),
  );
  const before = told.messages.length;
  for (const { stop } of strange) stop();
  await Promise.all([llm.clearFaults(), slowLlm.clearFaults()]);
  llm.settings.reply = validJson;

  // Models are healthy again, and breakers close, by answers.
  ask(service, 1, (n) => ({ input: `What is newer ${n}?`, mode: modes[n % 2] }));
  await until('the ends are told', () => missing(told.messages.slice(before), 'resolved').length === 0, 120_000);

  const all = toldBy(told.messages);
  for (const { path, labels, annotations } of all) {
    expect(path).toBe(`/${labels['severity']}`);
    expect(annotations['runbook_url']).toBe(`${repositoryUrl}/docs/runbook/${labels['alertname']}.md`);
    expect(annotations['dashboard_url']).toContain(`${grafanaUrl}/d/ballast-`);
    expect(labels['namespace']).toBe('ballast');
  }
  expect(all.filter((alert) => has(alert, silent))).toEqual([]);
});
