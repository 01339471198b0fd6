import { onTestFinished } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import { alertmanagerConfiguration } from '../../infra/stack/alertmanager/configuration.ts';
import { receiversSettings, type Receivers } from '../../infra/stack/alertmanager/receivers.ts';
import { RunningService } from '../running-service.ts';
import { startLlmStandin, type LlmStandin, type LlmStandinOptions } from '../standins/llm.ts';
import { RunningAlertmanager, writeConfiguration } from './running-alertmanager.ts';
import { RunningPrometheus } from './running-prometheus.ts';
import { startWebhook, type Webhook } from './webhook.ts';

/** Who is told of alerts, at one web address: at `/critical`, `/warning` and `/watchdog`. */
export interface Told extends Webhook {
  readonly receivers: Receivers;
  /** Address of each, by the name of the credential that it is in. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Starts the webhook of all. It ends with the test. */
export async function startTold(): Promise<Told> {
  const webhook = await startWebhook();
  // Where a webhook is matters to network policies only.
  const hook = (name: string) => [{ type: 'webhook' as const, credential: name, origin: 'http://receiver.oncall' }];
  const receivers = { critical: hook('critical'), warning: hook('warning'), watchdog: hook('watchdog') };
  const urls = Object.fromEntries(Object.keys(receivers).map((name) => [name, `${webhook.url}/${name}`]));
  return { ...webhook, receivers: receiversSettings.parse(receivers), urls };
}

/** The real service under the eyes of real Prometheus and Alertmanager, with the stack's own rules and routes. */
export interface WatchedStack {
  /** With a model server of its own each, so that one can be slow while the other one fails. */
  readonly service: RunningService;
  readonly llm: LlmStandin;
  readonly slowService: RunningService;
  readonly slowLlm: LlmStandin;
  /** One more copy, which nobody asks. */
  readonly idle: RunningService;
  /** All there is of the canary. */
  readonly canary: RunningService;
  readonly prometheus: RunningPrometheus;
  readonly told: Told;
}

/** How the stack is watched. */
export interface WatchedOptions {
  /** Factor of all windows, of `for` and of the times of routes. */
  readonly timeScale: number;
  readonly repositoryUrl: string;
  readonly grafanaUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly reply: NonNullable<LlmStandinOptions['reply']>;
}

/** Starts all of it; it ends with the test. */
export async function startWatchedStack({ env, reply, timeScale, ...links }: WatchedOptions): Promise<WatchedStack> {
  const [llm, slowLlm] = await Promise.all([startLlmStandin({ reply }), startLlmStandin()]);
  onTestFinished(async () => {
    await Promise.all([llm.close(), slowLlm.close()]);
  });
  const start = ({ url }: LlmStandin) => RunningService.start({ LLM_BASE_URL: url, ...env });
  const [service, slowService, idle, canary] = await Promise.all([start(llm), start(slowLlm), start(llm), start(llm)]);
  const told = await startTold();
  const routes = alertmanagerConfiguration(told.receivers, timeScale);
  const alertmanager = addressOf(await RunningAlertmanager.start(writeConfiguration(routes, told.urls)));
  const targets = new Set(['api', 'api-canary', 'prometheus', 'alertmanager', 'always'] as const);
  const prometheus = await RunningPrometheus.start({
    jobs: {
      api: [service, slowService, idle].map(addressOf),
      'api-canary': [addressOf(canary)],
      alertmanager: [alertmanager],
    },
    ruleGroups: ruleGroups(targets, { timeScale, ...links }),
    alertmanager,
  });
  return { service, llm, slowService, slowLlm, idle, canary, prometheus, told };
}

const addressOf = ({ url }: { readonly url: string }) => new URL(url).host;
