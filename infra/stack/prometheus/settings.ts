import { z } from 'zod';
import { defaultBackupHours, type BackupHours } from '../../../alerts/stack/backup.ts';
import { checkExternal, external, replicas, resources, setting, storage } from '../../settings.ts';

const hours = (kind: keyof BackupHours, what: string) =>
  setting(
    z.int().min(1).max(10_000).default(defaultBackupHours[kind]),
    `Hours since the last good run after which ${what} alerts.`,
    defaultBackupHours[kind],
  );

/*
 * The volume: 30 days = 2,592,000 s, one sample each 15 s, up to 2 bytes a sample
 * (https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects), and a quarter on top, since blocks may fill
 * 80 % of the volume. A dev stack has about 10,000 series: 10,000 / 15 x 2 x 2,592,000 x 1.25 = 4.3 GB, so 5Gi. A prod stack
 * with ten copies of the API has about 40,000: 17.3 GB, so 20Gi. Should it fill up earlier, the oldest days go first.
 */
const shape = z.strictObject({
  use: setting(
    z.enum(['bundled', 'operator', 'external', 'off']).default('bundled'),
    'bundled runs Prometheus in the stack, operator gives monitors, rules and routes to an existing Prometheus operator, ' +
      'external uses an existing Prometheus at url for graphs and scaling only, off goes without.',
    'operator',
  ),
  ...external,
  labels: setting(
    z.record(z.string(), z.string()).default({}),
    'With use: operator, labels that its Prometheus and Alertmanager select monitors, rules and routes by.',
    { release: 'kube-prometheus-stack' },
  ),
  replicas: replicas(1, 3),
  retentionDays: setting(z.int().min(1).max(3650).default(30), 'Days that samples are kept.', 30),
  storage: storage('5Gi'),
  repositoryUrl: setting(
    z.url().optional(),
    "Web address under which this repository's files are read: alerts and dashboards link to the runbook below it.",
    'https://git.example.com/platform/ballast/blob/main',
  ),
  backupHours: setting(
    z
      .strictObject({
        'qdrant-snapshot': hours('qdrant-snapshot', 'the snapshot of Qdrant'),
        'redis-backup': hours('redis-backup', 'the backup of the budget ledger'),
        'restore-drill': hours('restore-drill', 'the restore drill'),
      })
      .prefault({}),
    'Hours since the last good run after which each kind of backup alerts: a little over one period of its schedule.',
    { 'qdrant-snapshot': 26 },
  ),
  resources: resources('100m', '1', '256Mi', '1Gi'),
});

/** Configuration `ballast:prometheus`. */
export const prometheusSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:prometheus`, with its defaults. */
export type PrometheusSettings = z.output<typeof prometheusSettings>;
