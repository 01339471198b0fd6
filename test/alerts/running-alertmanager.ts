import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { credentialFolder, type AlertmanagerConfiguration } from '../../infra/stack/alertmanager/configuration.ts';
import { freePort, startForTest, statusOf, until } from '../processes.ts';

/** Labels of an alert, its name among them as `alertname`. */
export type AlertLabels = Readonly<Record<string, string>>;

/** An alert as Alertmanager tells of it. */
export interface KnownAlert {
  readonly labels: AlertLabels;
  readonly status: {
    readonly state: 'active' | 'suppressed' | 'unprocessed';
    /** Fingerprints of the alerts that keep it silent. */
    readonly inhibitedBy: readonly string[];
  };
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
}

/**
 * Writes a configuration with the files that it takes credentials from, all in one folder, which goes with the test.
 *
 * @returns path of the configuration.
 */
export function writeConfiguration(
  configuration: AlertmanagerConfiguration,
  credentials: Readonly<Record<string, string>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-alertmanager-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const receivers = join(folder, 'receivers');
  mkdirSync(receivers);
  for (const [name, value] of Object.entries(credentials)) writeFileSync(join(receivers, name), value);
  const path = join(folder, 'alertmanager.yml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(configuration).replaceAll(credentialFolder, receivers));
  return path;
}

/** A real Alertmanager. It ends with the test. */
export class RunningAlertmanager {
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /** Starts one, and waits until it is ready. */
  static async start(configurationPath: string): Promise<RunningAlertmanager> {
    const port = await freePort();
    startForTest(inject('alertmanager'), [
      `--config.file=${configurationPath}`,
      `--storage.path=${configurationPath}.data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
    const url = `http://127.0.0.1:${port}`;
    await until('Alertmanager is ready', async () => (await statusOf(`${url}/-/ready`)) === 200);
    return new RunningAlertmanager(url);
  }

  /** Tells it of alerts that fire, as Prometheus does. */
  async fire(alerts: readonly AlertLabels[]): Promise<void> {
    const response = await fetch(`${this.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
  }

  /** Every alert that it knows. */
  async alerts(): Promise<readonly KnownAlert[]> {
    return (await (await fetch(`${this.url}/api/v2/alerts`)).json()) as readonly KnownAlert[];
  }
}
