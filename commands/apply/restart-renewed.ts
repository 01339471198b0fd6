import type { Manifest } from '../../infra/render/manifest.ts';
import type { Kubectl } from '../kubectl.ts';
import { imagesOf } from './images-of.ts';

/**
 * Has a stack's pods of images that the node got anew be replaced: under the same tag, no pod is by itself.
 *
 * @param renewed Whole names of the images.
 * @throws {Failure} as kubectl does.
 */
export async function restartRenewed(kubectl: Kubectl, namespace: string, renewed: readonly string[]): Promise<void> {
  if (renewed.length === 0) return;
  const selected = ['--namespace', namespace, '--selector', 'app.kubernetes.io/part-of=ballast'];
  const { items } = await kubectl.json<{ readonly items: readonly Manifest[] }>([
    'get',
    'deployments,statefulsets',
    ...selected,
  ]);
  const stale = items.filter((each) => imagesOf([each]).some((image) => renewed.includes(image)));
  if (stale.length === 0) return;
  const names = stale.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
  console.log(`The pods of ${names.join(', ')} are replaced: their image is another now.`);
  await kubectl.run(['rollout', 'restart', '--namespace', namespace, ...names]);
}
