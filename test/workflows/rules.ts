import { deliveryRules } from './delivery-rules.ts';
import { eachJob, type WorkflowRule } from './rule.ts';
import { hasOidc, jobsBehind, jobsOf, reachesStack, type Job, type Step } from './workflow.ts';

/**
 * Complaints about lines that take an action by something that can move, or without a comment that says which version it is.
 *
 * @param text of a workflow or a composite action.
 */
export function unpinned(path: string, text: string): string[] {
  const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
  const used = [...text.matchAll(/^[ -]*uses: +(.+)$/gm)].map(([, value = '']) => value);
  return used
    .filter((value) => !value.startsWith('./') && !pinned.test(value))
    .map((value) => `${path}: ${value} is not pinned by a commit with its version`);
}

/** Complaints about a step that hands text of others to a shell, or is more than one command. */
export function unsafeCommand(where: string, { run }: Step): string[] {
  if (run === undefined) return [];
  if (run.includes('${{')) return [`${where}: an expression is part of the command ${run}`];
  return /[\n;|<>`]|&&|\$\(/.test(run.trim()) ? [`${where}: more than one command: ${run}`] : [];
}

const stepsOf = ({ steps = [] }: Job, action: string) => steps.filter(({ uses }) => uses?.startsWith(action));

const mentionsSecrets = /\bsecrets(\.\w|\[|: inherit)/;

/** Steps that ask for a token of OIDC. */
const needsOidc = ({ uses, run }: Step) =>
  uses === './.github/actions/stack-access' || uses?.startsWith('actions/attest@') || run?.startsWith('cosign sign ');

const sameRepository = 'github.event.pull_request.head.repo.full_name == github.repository';

/** The rules by what they say. */
export const rules: Readonly<Record<string, WorkflowRule>> = {
  'takes actions by their commit': ({ path, text }) => unpinned(path, text),
  'says at its top when it runs and what it may do': ({ path, text }) =>
    /^# Runs .*\n(#.*\n)*# May /.test(text) ? [] : [`${path}: no such comment`],
  'gives no permission to all of its jobs': ({ path, permissions }) =>
    typeof permissions === 'object' && Object.keys(permissions).length === 0
      ? []
      : [`${path}: permissions must be {} at the top`],
  'gives each job the permissions that it names': eachJob(({ permissions }) =>
    typeof permissions === 'object' ? undefined : 'it names no permissions of its own',
  ),
  'asks for a token of OIDC only where something logs in': eachJob((job) => {
    if (job.uses !== undefined) return undefined; // The jobs of the called workflow are judged.
    const needed = (job.steps ?? []).some(needsOidc);
    if (hasOidc(job) === needed) return undefined;
    return needed ? 'it logs in without id-token: write' : 'it has id-token: write, and logs in nowhere';
  }),
  'says where the state is in each job that reaches a stack': eachJob((job) =>
    !reachesStack(job) || job.env?.['PULUMI_BACKEND_URL'] === '${{ vars.PULUMI_BACKEND_URL }}'
      ? undefined
      : 'its environment lacks PULUMI_BACKEND_URL',
  ),
  'never runs on pull_request_target': ({ path, on }) =>
    'pull_request_target' in on ? [`${path}: pull_request_target`] : [],
  'has no stored secret': ({ path, text }) => (mentionsSecrets.test(text) ? [`${path}: it reads a secret`] : []),
  'lets no fork log in or write': eachJob((job, { on }) => {
    if (!('pull_request' in on) || typeof job.permissions !== 'object') return undefined;
    const writes = Object.values(job.permissions).includes('write');
    return !writes || job.if?.includes(sameRepository)
      ? undefined
      : 'a pull request from a fork has a token that writes';
  }),
  'runs only code of the default branch after the workflow of a pull request': eachJob((job, { on }) => {
    if (!('workflow_run' in on)) return undefined;
    if (!job.if?.includes("workflow_run.event == 'pull_request'"))
      return 'it runs after other events than pull requests';
    const checkouts = stepsOf(job, 'actions/checkout@').map((step) => step.with?.['ref']);
    if (checkouts.some((ref) => ref !== '${{ github.event.repository.default_branch }}')) {
      return 'it checks out something other than the default branch';
    }
    const paths = stepsOf(job, 'actions/download-artifact@').map((step) => String(step.with?.['path']));
    if (paths.some((path) => !path.startsWith('${{ runner.temp }}/'))) return 'it puts artifacts among the code';
    const ours = /^(npm run [\w:-]+ --|node \.github\/scripts\/[\w-]+\.js|\.github\/scripts\/[\w-]+\.sh) /;
    const foreign = (job.steps ?? []).find(({ run }) => run !== undefined && !ours.test(run));
    return foreign === undefined ? undefined : `it runs something other than its own scripts: ${foreign.run}`;
  }),
  // Without it a pattern gives each artifact a folder of its name, but not where only one matches.
  'downloads artifacts into one folder, however many there are': eachJob((job) =>
    stepsOf(job, 'actions/download-artifact@').every(
      (step) => step.with?.['name'] !== undefined || step.with?.['merge-multiple'] === true,
    )
      ? undefined
      : 'where its files are depends on how many artifacts there are',
  ),
  'comments once for each branch, forks apart': ({ path, on, concurrency }) => {
    if (!('workflow_run' in on)) return [];
    const group = concurrency?.group ?? '';
    const told = ['head_repository.full_name', 'head_branch'].every((name) => group.includes(`workflow_run.${name} `));
    return told && concurrency?.['cancel-in-progress'] === true
      ? []
      : [`${path}: its group must be the branch with its repository, of which the newest run counts`];
  },
  'leaves no token in the checkout': eachJob((job) =>
    stepsOf(job, 'actions/checkout@').every((step) => step.with?.['persist-credentials'] === false)
      ? undefined
      : 'a checkout keeps its token',
  ),
  'ends every job in time': eachJob(({ uses, 'timeout-minutes': minutes = Infinity }) =>
    uses !== undefined || minutes <= 180 ? undefined : 'no timeout of at most three hours',
  ),
  'runs on a release of the runner': eachJob(({ uses, 'runs-on': runner = '' }) =>
    uses !== undefined || /-\d+\.\d+$/.test(runner) ? undefined : `it runs on ${runner}`,
  ),
  'runs commands without the text of others, one a step': (workflow) =>
    jobsOf(workflow).flatMap(({ where, job }) => (job.steps ?? []).flatMap((step) => unsafeCommand(where, step))),
  'belongs to a group of runs, or each of its jobs does that reaches a stack': ({ path, concurrency, jobs }) =>
    concurrency !== undefined || Object.values(jobs).flatMap(jobsBehind).some(reachesStack)
      ? []
      : [`${path}: no concurrency`],
  ...deliveryRules,
};
