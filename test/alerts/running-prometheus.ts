import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { ruleFile } from '../../alerts/index.ts';
import type { RuleGroup } from '../../alerts/rule.ts';
import { prometheusConfiguration, ruleFileName } from '../../infra/stack/prometheus/configuration.ts';
import { freePort, startForTest, statusOf, until } from '../processes.ts';

/** What a {@link RunningPrometheus} is started with. */
export interface PrometheusOptions {
  /** Addresses, such as `127.0.0.1:20001`, by job. Its own is added as the job `prometheus`. */
  readonly jobs: Readonly<Record<string, readonly string[]>>;
  readonly ruleGroups: readonly RuleGroup[];
  /** Address of the Alertmanager. */
  readonly alertmanager: string;
}

/** A real Prometheus with the configuration that the stack's own has. It ends with the test. */
export class RunningPrometheus {
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /**
   * Starts one, and waits until it scrapes every address. It gets its rules only then: it learns of its targets 5 seconds after
   * its start, which would count as minutes here.
   */
  static async start({ jobs, ruleGroups, alertmanager }: PrometheusOptions): Promise<RunningPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-prometheus-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const address = `127.0.0.1:${await freePort()}`;
    const configuration = configure({ ...jobs, prometheus: [address] }, alertmanager);
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
    writeFileSync(join(folder, ruleFileName), JSON.stringify(ruleFile([])));
    const child = startForTest(inject('prometheus'), [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
    ]);
    const prometheus = new RunningPrometheus(`http://${address}`);
    await until('Prometheus is ready', async () => (await statusOf(`http://${address}/-/ready`)) === 200);
    const addresses = Object.values(jobs).flat().length + 1;
    await until('every address is scraped', async () => (await prometheus.query('up == 1')).length === addresses);
    writeFileSync(join(folder, ruleFileName), JSON.stringify(ruleFile(ruleGroups)));
    child.kill('SIGHUP');
    await until('there are rules', async () => (await prometheus.query('prometheus_rule_group_rules')).length > 0);
    return prometheus;
  }

  /** The labels of the series that a query gives now. */
  async query(query: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${await response.text()}`);
    const { data } = (await response.json()) as { data: { result: { metric: Record<string, string> }[] } };
    return data.result.map(({ metric }) => metric);
  }
}

/**
 * Time between scrapes and between evaluations. A scrape may take as long, and not longer: with less, a target would be down
 * whenever this machine is busy.
 */
const interval = '1s';

/** The stack's own configuration, but the addresses are given, and the interval is shorter. */
function configure(jobs: PrometheusOptions['jobs'], alertmanager: string) {
  const { alerting: _, ...rest } = prometheusConfiguration({
    namespace: 'ballast',
    targets: Object.keys(jobs).map((job) => ({
      job,
      workload: job,
      port: { name: 'http', number: 80 },
      dnsName: `${job}-peers`,
      path: '/metrics',
      bearer: undefined,
      honorLabels: false,
    })),
    outside: [],
    alertmanager: undefined,
    retentionDays: 1,
    volumeSize: '1Gi',
  });
  return {
    ...rest,
    global: { ...rest.global, scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: rest.scrape_configs.map(({ dns_sd_configs: _dns, ...scrape }) => ({
      ...scrape,
      static_configs: [{ targets: jobs[scrape.job_name] }],
    })),
  };
}
