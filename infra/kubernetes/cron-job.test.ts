import { describe, expect, it } from 'vitest';
import { workload } from '../../test/stack/workload.ts';
import type { Runs } from '../workload.ts';
import { cronJobSpec } from './cron-job.ts';

const runs: Extract<Runs, { as: 'schedule' }> = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 1800 };
const cronJob = (how = runs) =>
  cronJobSpec(workload('backup', { runs: how }), how, { stack: 'test', secrets: new Map() });

describe('a CronJob', () => {
  it('runs on its schedule in UTC, never beside itself', () => {
    expect(cronJob()).toMatchObject({
      schedule: '0 3 * * *',
      timeZone: 'Etc/UTC',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3_600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
    });
  });

  it('ends at its deadline, after its tries, and is swept away a day later', () => {
    expect(cronJob().jobTemplate).toMatchObject({
      spec: { activeDeadlineSeconds: 1800, backoffLimit: 2, ttlSecondsAfterFinished: 86_400 },
    });
    expect(cronJob({ ...runs, retries: 0 }).jobTemplate).toMatchObject({ spec: { backoffLimit: 0 } });
  });

  it('starts nothing by itself when it is for an operator to start', () => {
    expect(cronJob({ ...runs, suspended: true }).suspend).toBe(true);
  });

  it('has pods with the labels and safety of its workload, which are not restarted', () => {
    expect(cronJob().jobTemplate).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/name': 'backup' } },
      spec: {
        template: {
          metadata: { labels: { 'app.kubernetes.io/name': 'backup' } },
          spec: { restartPolicy: 'Never', securityContext: { runAsNonRoot: true } },
        },
      },
    });
  });
});
