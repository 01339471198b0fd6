import { jobsOf, type Job, type Workflow } from './workflow.ts';

/** What every workflow must keep. Each complaint begins with where. */
export type WorkflowRule = (workflow: Workflow) => string[];

/** The rule that finds nothing to complain of in any job. */
export function eachJob(complaint: (job: Job, workflow: Workflow) => string | undefined): WorkflowRule {
  return (workflow) =>
    jobsOf(workflow).flatMap(({ where, job }) => {
      const found = complaint(job, workflow);
      return found === undefined ? [] : [`${where}: ${found}`];
    });
}
