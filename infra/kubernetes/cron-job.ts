import type { types } from '@pulumi/kubernetes';
import type { Runs, Workload } from '../workload.ts';
import { podTemplate, type PodContext } from './pod.ts';

/** A run that could not start for an hour is left out; the next one comes. */
const startingDeadlineSeconds = 3_600;

/** Jobs and their pods are there a day for whoever asks why one failed. */
const ttlSecondsAfterFinished = 86_400;

/** What runs on a schedule, never beside itself, and never longer than it says. */
export function cronJobSpec(
  workload: Workload,
  runs: Extract<Runs, { as: 'schedule' }>,
  context: PodContext,
): types.input.batch.v1.CronJobSpec {
  const template = podTemplate(workload, context);
  return {
    schedule: runs.cron,
    timeZone: 'Etc/UTC',
    suspend: runs.suspended ?? false,
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      // A job that an operator makes by hand is a job of the same workload.
      metadata: template.metadata,
      spec: {
        activeDeadlineSeconds: runs.deadlineSeconds,
        backoffLimit: runs.retries ?? 2,
        ttlSecondsAfterFinished,
        template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
      },
    },
  };
}
