import type { PartStatus } from '../one-node-cluster.ts';
import { isAnotherRelease } from '../stack-images/recipe.ts';
import { componentNames } from './components.ts';
import { ownKubectl } from './kubectl.ts';
import { nodeName } from './layout.ts';
import { providedImages } from './image-records.ts';
import { nodeHealth, podsHealth } from './node-health.ts';
import { recall } from './records.ts';

/** How the parts of the node are, while it runs. */
export async function statusOfNode(): Promise<readonly PartStatus[]> {
  const kubectl = await ownKubectl();
  const programs = componentNames.map((part) => {
    const pid = recall(part);
    const remark = part === 'network-policies' ? enforcer : '';
    return { part, isWell: pid !== undefined, says: `${pid === undefined ? 'has ended' : `process ${pid}`}${remark}` };
  });
  return [...programs, await nodeHealth(kubectl, nodeName), await podsHealth(kubectl), ...substitutes()];
}

/** What its name does not say. */
const enforcer = ': a small enforcer for tests, which makes packet filter rules of network policies';

/** What runs in place of parts that are not had here, or not of the release that is asked for. */
function substitutes(): PartStatus[] {
  const images = Object.entries(providedImages()).filter(
    ([, { kind, what }]) => kind === 'stand-in' || isAnotherRelease(what),
  );
  return images.map(([image, { what }]) => ({ part: image, isWell: true, says: what }));
}
