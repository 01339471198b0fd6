import type { StackConfig } from '../../infra/config.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { reportMissing } from '../doctor/examine.ts';
import { contextFlags, type Kubectl } from '../kubectl.ts';
import { root } from '../running.js';
import { applyObjects, type Applied } from './apply-objects.ts';
import { awaitRollouts } from './await-rollouts.ts';
import { environmentCredentials } from './environment-credentials.ts';
import { generatedValues, withValues } from './generated-values.ts';
import { imagesOf } from './images-of.ts';
import { keeperOf, keptValues } from './kept-values.ts';
import { leftFromBefore } from './left-from-before.ts';
import { markedNamespace, requireOwnNamespace, stackNamespace } from './stack-namespace.ts';
import { stackObjects } from './stack-objects.ts';

/** Where a stack is applied. */
export interface ApplyStackOptions {
  /** Of the stack; its credentials are found out here. */
  readonly config: StackConfig;
  readonly kubectl: Kubectl;
  /** Gives the cluster the images that it cannot get by itself, once everything else was found to be there. */
  readonly provideImages: (images: readonly string[]) => Promise<void>;
}

/**
 * Deploys a stack without Pulumi: its objects are applied on the server's side, and its parts awaited. There is no state, so what
 * a stack has no more stays in the cluster, and is named; what is generated, and credentials of the environment, are kept in a
 * Secret there.
 *
 * @throws {Failure} when something is missing, when an object is refused, and when a part does not get ready.
 */
export async function applyStack(stack: string, options: ApplyStackOptions): Promise<void> {
  const { config, kubectl, provideImages } = options;
  const { namespace } = config;
  console.log('Without Pulumi: objects are applied on the server, and no state is kept of what was there before.\n');
  requireOwnNamespace(namespace, stack, await stackNamespace(kubectl, namespace, stack));
  const kept = await keptValues(kubectl, namespace);
  const sources = { environment: environmentCredentials(), kept: kept.credentials };
  await reportMissing(stack, { byPulumi: false });
  const { manifests, generated, setByOthers } = await stackObjects(root, stack, sources);
  const values = generatedValues(generated, kept.generated);
  const [namespaces, others] = byKind(manifests, 'Namespace');
  const whole = others.map((manifest) => withValues(manifest, values));
  await provideImages(imagesOf(manifests));
  // The values are kept before anything has them, so that an `up` that is cut off loses none.
  const credentials = { ...sources.kept, ...sources.environment };
  const keeper = keeperOf({ generated: values, credentials }, namespace, stack);
  const first = [...namespaces.map((each) => markedNamespace(each, stack)), keeper];
  console.log(`\n${first.length + whole.length} objects are applied ...`);
  const applied = [await applyObjects(kubectl, first, setByOthers), await applyObjects(kubectl, whole, setByOthers)];
  console.log(`${summary(applied)}\n`);
  reportLeft(await leftFromBefore(kubectl, namespace, [keeper, ...whole]), config);
  await awaitRollouts(kubectl, namespace, whole);
}

/** The objects of a kind, and the others. */
function byKind(manifests: readonly Manifest[], kind: string): readonly [Manifest[], Manifest[]] {
  return [manifests.filter((each) => each.kind === kind), manifests.filter((each) => each.kind !== kind)];
}

/** `3 objects created, 1 changed, 121 unchanged.`, and which have changed. */
function summary(all: readonly Applied[]): string {
  const [created, changed, unchanged] = (['created', 'changed', 'unchanged'] as const).map((what) =>
    all.flatMap((each) => each[what]),
  );
  const counts = `${created?.length} objects created, ${changed?.length} changed, ${unchanged?.length} unchanged.`;
  return [counts, ...(changed ?? []).map((id) => `  changed: ${id}`)].join('\n');
}

function reportLeft(left: readonly string[], { namespace, context }: StackConfig): void {
  if (left.length === 0) return;
  console.log(['Left from before, and not of the stack any more:', ...left.map((each) => `  ${each}`)].join('\n'));
  const remove = ['kubectl', ...contextFlags(context), '--namespace', namespace, 'delete', ...left];
  console.log(`It stays until it is removed: ${remove.join(' ')}\n`);
}
