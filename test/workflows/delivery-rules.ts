import { isDeepStrictEqual } from 'node:util';
import { eachJob, type WorkflowRule } from './rule.ts';
import { commandsOf, isCalled, jobsBehind, jobsOf, reachesStack, type Job, type Workflow } from './workflow.ts';

/** Commands that change a stack, or judge it, which must not fall into a change. */
const changing = /^(npm run (up|deploy|canary|promote|rollback) -- |pulumi (up|refresh|destroy) )/;

/** Commands after which a stack may have to go back. */
const delivering = /^npm run (deploy|canary|promote) -- /;

const delivers = (job: Job) => commandsOf(job).some((command) => delivering.test(command));
const rollsBack = (job: Job) => commandsOf(job).some((command) => command.startsWith('npm run rollback -- '));
const changesStack = (job: Job) => reachesStack(job) && commandsOf(job).some((command) => changing.test(command));

/** The stack that jobs name in their commands: itself, or the expression of the variable STACK. */
function stackOf(...jobs: readonly Job[]): string | undefined {
  const named = jobs.flatMap((job) =>
    commandsOf(job)
      .flatMap((command) => /--stack (\S+)/.exec(command)?.[1] ?? [])
      .map((name) => (name === '"$STACK"' ? String(job.env?.['STACK']) : name)),
  );
  const stacks = new Set(named);
  return stacks.size === 1 ? [...stacks][0] : undefined;
}

const needed = ({ needs = [] }: Job): readonly string[] => (typeof needs === 'string' ? [needs] : needs);

/** What the jobs keep that deliver, by what it says. */
export const deliveryRules: Readonly<Record<string, WorkflowRule>> = {
  'changes one stack at a time': eachJob((job, workflow) => {
    const { concurrency } = job;
    if (isCalled(workflow)) return concurrency && 'it would wait for the job that calls it, whose group it is in';
    const jobs = jobsBehind(job);
    if (!jobs.some(changesStack)) return undefined;
    const group = `pulumi-${stackOf(...jobs)}`;
    return concurrency?.group === group && concurrency['cancel-in-progress'] === false && concurrency.queue === 'max'
      ? undefined
      : `it must be in the group ${group}, which waits and is never cancelled`;
  }),
  'waits for an approval outside of the group of the stack': eachJob((job) =>
    job.environment === 'prod-approval' && (job.concurrency !== undefined || reachesStack(job))
      ? 'a job that waits for an approval would hold up a rollback'
      : undefined,
  ),
  'deploys to prod after an approval': eachJob((job, workflow) => {
    const toProd = jobsBehind(job).some((each) => each.environment === 'prod' && delivers(each));
    if (isCalled(workflow) || !toProd) return undefined;
    const before = needed(job).map((name) => workflow.jobs[name]);
    return before.some((each) => each?.environment === 'prod-approval') ? undefined : 'nobody has approved it';
  }),
  'verifies an image before prod runs it': eachJob((job) => {
    if (job.environment !== 'prod') return undefined;
    const commands = commandsOf(job);
    const first = commands.findIndex((command) => delivering.test(command));
    const verified = commands.indexOf('.github/scripts/verify-image.sh');
    return first === -1 || (verified !== -1 && verified < first) ? undefined : 'the image is not verified';
  }),
  'delivers the image that was built': eachJob((job) => {
    if (job.uses !== undefined) {
      const built = job.with?.['digest'] === '${{ needs.image.outputs.digest }}';
      return !built && jobsBehind(job).some(delivers) ? 'it hands on another digest than that of the image' : undefined;
    }
    const other = commandsOf(job).find(
      (command) => delivering.test(command) && !command.endsWith(' --digest "$DIGEST"'),
    );
    if (other !== undefined) return `${other} names no digest, or another`;
    return delivers(job) && job.env?.['DIGEST'] !== '${{ inputs.digest }}' ? 'DIGEST is not what it gets' : undefined;
  }),
  'promotes after the canary has been checked': eachJob((job) => {
    const commands = commandsOf(job);
    const at = (start: string) => commands.findIndex((command) => command.startsWith(start));
    const promote = at('npm run promote -- ');
    if (promote === -1) return undefined;
    const before = ['npm run canary -- ', 'sleep ', 'npm run promote:check -- ', 'npm run smoke -- '].map(at);
    const inOrder = before.every((index, n) => index !== -1 && index < (before[n + 1] ?? promote));
    return inOrder ? undefined : 'canary, soak, promote:check and smoke must come before promote';
  }),
  'goes back when a delivery fails or is cancelled': (workflow) =>
    jobsOf(workflow).flatMap(({ where, name, job }) => {
      const complaint = delivers(job) ? wayBackComplaint(name, job, workflow) : undefined;
      return complaint === undefined ? [] : [`${where}: ${complaint}`];
    }),
  'ends a step that hangs, and not its job': eachJob((job, { jobs }) => {
    const goesBack = needed(job).some((name) => jobs[name] !== undefined && delivers(jobs[name]));
    if (!delivers(job) && !(goesBack && rollsBack(job))) return undefined;
    const commands = (job.steps ?? []).filter(({ run }) => run !== undefined);
    const minutes = commands.reduce((sum, step) => sum + (step['timeout-minutes'] ?? Infinity), 0);
    return minutes < (job['timeout-minutes'] ?? 0) ? undefined : 'its steps may take longer than the job';
  }),
  'has every commit where it delivers or goes back': eachJob((job) => {
    if (!delivers(job) && !rollsBack(job)) return undefined;
    const checkout = job.steps?.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    return checkout?.with?.['fetch-depth'] === 0 ? undefined : 'it checks out one commit only';
  }),
};

/** What is wrong with the job that takes back what a job delivered. */
function wayBackComplaint(name: string, job: Job, workflow: Workflow): string | undefined {
  // A way back that waits for a group of its own finds that another delivery has noted what it must take back.
  if (!isCalled(workflow)) return 'no caller holds the group of the stack until its way back has ended';
  const steps = job.steps ?? [];
  const first = steps.findIndex(({ run = '' }) => delivering.test(run));
  if (!steps.slice(0, first).some(({ id }) => id === 'point')) return 'it notes no point to go back to';
  if (job.outputs?.['point'] !== '${{ steps.point.outputs.version }}') return 'it tells no other job its point';
  const back = Object.values(workflow.jobs).find((each) => needed(each).includes(name) && rollsBack(each));
  if (back === undefined) return 'no job that needs it goes back';
  // Without always() it is skipped when the other one failed; there is no point when that one was skipped.
  if (back.if !== `always() && needs.${name}.outputs.point != '' && needs.${name}.result != 'success'`) {
    return 'the way back must run unless it succeeded, and only once it has a point';
  }
  if (back.environment !== job.environment) return 'the way back is in another environment';
  if (!reachesStack(back)) return 'the way back does not log in';
  if (back.env?.['POINT'] !== `\${{ needs.${name}.outputs.point }}`) return 'the way back goes to another point';
  const stack = stackOf(job);
  const wanted = [
    `.github/scripts/free-stack.sh ${stack} "$POINT"`,
    `npm run rollback -- --stack ${stack} --to "$POINT"`,
  ];
  return isDeepStrictEqual(commandsOf(back), wanted) ? undefined : `the way back must be ${wanted.join(', then ')}`;
}
