import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../processes.ts';

/** A step of a job or of a composite action, as far as we look into it. */
export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'timeout-minutes'?: number;
}

/** What a token may do: by name, or everything by one word. */
export type Permissions = Readonly<Record<string, string>> | string;

/** A group of which one member runs at a time. */
export interface Concurrency {
  readonly group: string;
  readonly 'cancel-in-progress'?: boolean | string;
  readonly queue?: string;
}

/** A job: steps on a runner, or a call of another workflow. */
export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  /** What a called workflow gets. */
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'runs-on'?: string;
  readonly environment?: string;
  readonly permissions?: Permissions;
  /** What other jobs may read of it. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly concurrency?: Concurrency;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

/** A file under .github/workflows. */
export interface Workflow {
  /** Path from the root. */
  readonly path: string;
  readonly text: string;
  /** Events that start it, with what limits them. */
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Reads the text of a workflow. */
export function parseWorkflow(path: string, text: string): Workflow {
  return { ...(parse(text) as Omit<Workflow, 'path' | 'text'>), path, text };
}

const folder = '.github/workflows';

/** Every workflow of this repository. */
export const workflows: readonly Workflow[] = readdirSync(join(root, folder)).map((name) => {
  const path = `${folder}/${name}`;
  return parseWorkflow(path, readFileSync(join(root, path), 'utf8'));
});

/** The workflow in a file: `preview.yml`. @throws when there is none. */
export function workflow(name: string): Workflow {
  const found = workflows.find(({ path }) => path === `${folder}/${name}`);
  if (found === undefined) throw new Error(`there is no ${folder}/${name}`);
  return found;
}

/** A composite action under .github/actions. */
export interface CompositeAction {
  readonly path: string;
  readonly text: string;
  readonly steps: readonly Step[];
}

/** Every composite action of this repository. */
export function actions(): CompositeAction[] {
  return readdirSync(join(root, '.github/actions')).map((name) => {
    const path = `.github/actions/${name}/action.yml`;
    const text = readFileSync(join(root, path), 'utf8');
    const { runs } = parse(text) as { runs: { steps: readonly Step[] } };
    return { path, text, steps: runs.steps };
  });
}

/** The jobs of a workflow with the name that a complaint gives them. */
export function jobsOf({
  path,
  jobs,
}: Workflow): { readonly where: string; readonly name: string; readonly job: Job }[] {
  return Object.entries(jobs).map(([name, job]) => ({ where: `${path} ${name}`, name, job }));
}

/** Whether a workflow runs for others only, whose job then has what all of its jobs share: the group, and the jobs before. */
export const isCalled = ({ on }: Workflow): boolean => Object.keys(on).join() === 'workflow_call';

/** A job itself, or the jobs of the workflow of this repository that it calls. */
export function jobsBehind(job: Job): readonly Job[] {
  const { uses } = job;
  if (uses === undefined) return [job];
  const called = workflows.find(({ path }) => uses === `./${path}`);
  return Object.values(called?.jobs ?? {});
}

/** The commands of a job, in their order. */
export const commandsOf = ({ steps = [] }: Job): string[] => steps.flatMap(({ run }) => run ?? []);

/** Whether a job may get a token of OIDC, with which it logs in elsewhere. */
export const hasOidc = ({ permissions }: Job): boolean =>
  typeof permissions === 'object' && permissions['id-token'] === 'write';

/** Whether a job can reach a stack: it logs in to the stack's cloud. */
export const reachesStack = ({ steps = [] }: Job): boolean =>
  steps.some(({ uses }) => uses === './.github/actions/stack-access');
