import { renderStack } from '../../infra/render/render.ts';
import { imagesOf } from '../../commands/apply/images-of.ts';
import { runCommand } from '../../commands/failure.ts';
import { ownCluster } from '../../tools/cluster/own-cluster.ts';
import { traefikImage } from '../../tools/stack-images/traefik.ts';
import { root } from '../processes.ts';

// Starts the node of BALLAST_CLUSTER, and gives it the images of the stack and of the gateway: what of all that is not built yet is
// built by that, or downloaded.
await runCommand(async () => {
  const begin = Date.now();
  const report = (step: string) => console.log(`${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${step}`);
  await ownCluster.up(report);
  // The other stacks run from the same ones.
  await ownCluster.provideImages([...imagesOf(await renderStack(root, 'dev')), traefikImage], report);
});
