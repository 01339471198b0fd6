import type { StackConfig } from '../../infra/config.ts';
import { giveCredential, missingCredentials } from '../../infra/missing-credentials.ts';
import { readStackConfig } from '../../infra/read-config.ts';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { Failure } from '../failure.ts';
import { onPath } from '../on-path.ts';
import { root } from '../running.js';
import { formatTable } from '../table.ts';
import { clusterChecks } from './checks.ts';
import { Cluster } from './cluster.ts';

/**
 * Prints what a stack needs and whether it is there.
 *
 * @throws {Failure} when something is missing.
 */
export async function reportMissing(stack: string): Promise<void> {
  const findings = await examine(stack);
  const rows = findings.map(([name, problem]) => [problem === undefined ? 'ok' : 'MISSING', name, problem ?? '']);
  console.log(formatTable(['', 'WHAT', 'WHAT TO DO'], rows));
  const missing = findings.filter(([, problem]) => problem !== undefined).length;
  if (missing > 0) throw new Failure(`${missing} of ${findings.length} checks failed for the stack ${stack}.`);
}

type Finding = readonly [name: string, problem: string | undefined];

async function examine(stack: string): Promise<Finding[]> {
  let config: StackConfig;
  try {
    config = readStackConfig(readStackFile(root, stack));
  } catch (error) {
    return [['configuration', (error as Error).message]];
  }
  const findings: Finding[] = [['configuration', undefined]];
  for (const name of missingCredentials(config)) findings.push([`credential ${name}`, giveCredential(name, stack)]);
  findings.push(['Pulumi CLI', onPath('pulumi') ? undefined : 'install it: https://www.pulumi.com/docs/install/']);
  if (!onPath('kubectl')) return [...findings, ['kubectl', 'install it: https://kubernetes.io/docs/tasks/tools/']];
  const cluster = new Cluster(config.context);
  try {
    await cluster.version();
  } catch (error) {
    return [...findings, ['cluster', `it is not reached: ${(error as Error).message}`]];
  }
  for (const { name, run } of clusterChecks(config)) {
    // One that cannot be made, for want of a right, does not hide the others.
    findings.push([
      name,
      await run(cluster).catch((error: unknown) => `it cannot be checked: ${(error as Error).message}`),
    ]);
  }
  return findings;
}
