import { answersSoon, nodeHealth, podsHealth } from '../cluster/node-health.ts';
import type { PartStatus } from '../one-node-cluster.ts';
import { nodeName } from './names.ts';
import { kindKubectl, startOfContainer } from './node.ts';

/** How the parts of the kind cluster are, while it runs. @throws {Failure} when Docker does not say. */
export async function statusOfKind(): Promise<readonly PartStatus[]> {
  const container = { part: 'container', isWell: true, says: `${nodeName} runs since ${await startOfContainer()}` };
  return [container, await nodeHealth(kindKubectl, nodeName), await networkPolicies(), await podsHealth(kindKubectl)];
}

/** kind's own network enforces network policies from the release on that may read them: 0.24. */
async function networkPolicies(): Promise<PartStatus> {
  const part = 'network-policies';
  const role = ['get', 'clusterrole', 'kindnet', '--ignore-not-found', '-o=jsonpath={.rules[*].resources}'];
  const resources = await kindKubectl.run([...role, answersSoon]).catch(() => undefined);
  if (resources === undefined) return { part, isWell: false, says: 'not known: the API server does not answer' };
  const isWell = resources.includes('"networkpolicies"');
  return {
    part,
    isWell,
    says: isWell
      ? 'kindnet enforces them'
      : 'nothing is known to enforce them: there is no kindnet of kind 0.24 or newer',
  };
}
