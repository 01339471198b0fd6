import type { StackConfig } from '../../infra/config.ts';
import { giveCredential, missingCredentials } from '../../infra/missing-credentials.ts';
import { readStackConfig } from '../../infra/read-config.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { giveInEnvironment } from '../apply/environment-credentials.ts';
import { givenCredentials } from '../apply/given-credentials.ts';
import { Failure } from '../failure.ts';
import { onPath } from '../on-path.ts';
import { root } from '../running.js';
import { formatTable } from '../table.ts';
import { clusterChecks } from './checks.ts';
import { Cluster } from './cluster.ts';
import { stateProblem } from './pulumi-state.ts';
import { configurationWarnings } from './warnings.ts';

/** How a stack is to be deployed. */
export interface DeploymentWay {
  /** Else its objects are applied, which takes no Pulumi. */
  readonly byPulumi: boolean;
}

/**
 * Prints which cluster a stack goes to, what the stack needs and whether it is there.
 *
 * @throws {Failure} when something is missing; what is only a warning stops nothing.
 */
export async function reportMissing(stack: string, { byPulumi }: DeploymentWay = { byPulumi: true }): Promise<void> {
  const findings = await Array.fromAsync(examine(stack, byPulumi));
  console.log(formatTable(['', 'WHAT', 'WHAT TO DO'], findings));
  const missing = findings.filter(([state]) => state === 'MISSING').length;
  if (missing > 0) throw new Failure(`${missing} of ${findings.length} checks failed for the stack ${stack}.`);
}

type Finding = readonly [state: 'ok' | 'WARNING' | 'MISSING', name: string, remedy: string];

const finding = (name: string, problem: string | undefined): Finding =>
  problem === undefined ? ['ok', name, ''] : ['MISSING', name, problem];

async function* examine(stack: string, byPulumi: boolean): AsyncGenerator<Finding> {
  let config: StackConfig;
  try {
    config = readStackConfig(readStackFile(root, stack));
  } catch (error) {
    yield finding('configuration', (error as Error).message);
    return;
  }
  yield finding('configuration', undefined);
  if (!byPulumi) config = { ...config, credentials: { ...config.credentials, ...(await givenCredentials(config)) } };
  const give = byPulumi ? giveCredential : giveInEnvironment;
  for (const name of missingCredentials(config)) yield finding(`credential ${name}`, give(name, stack));
  for (const [name, remedy] of configurationWarnings(config, stack, give)) yield ['WARNING', name, remedy];
  if (byPulumi) yield* examinePulumi(stack);
  if (onPath('kubectl')) yield* examineCluster(config, stack);
  else yield finding('kubectl', 'install it: https://kubernetes.io/docs/tasks/tools/');
}

async function* examinePulumi(stack: string): AsyncGenerator<Finding> {
  if (!onPath('pulumi')) {
    yield finding('Pulumi CLI', 'install it: https://www.pulumi.com/docs/install/');
    return;
  }
  yield finding('Pulumi CLI', undefined);
  const problem = await stateProblem(stack);
  if (problem !== undefined) yield ['WARNING', 'state of the stack', problem];
}

async function* examineCluster(config: StackConfig, stack: string): AsyncGenerator<Finding> {
  const cluster = new Cluster(config.context);
  console.log(`The stack ${stack} goes to ${await cluster.whereabouts()}.\n`);
  try {
    await cluster.version();
  } catch (error) {
    yield finding('cluster', `it is not reached: ${(error as Error).message}`);
    return;
  }
  for (const { name, run } of clusterChecks(config)) {
    // One that cannot be made, for want of a right, does not hide the others.
    yield finding(
      name,
      await run(cluster).catch((error: unknown) => `it cannot be checked: ${(error as Error).message}`),
    );
  }
}
