import type { Manifest } from '../../infra/render/manifest.ts';
import { reportMissing } from '../doctor/examine.ts';
import { Failure } from '../failure.ts';
import type { Kubectl } from '../kubectl.ts';
import { applyObjects, type Applied } from './apply-objects.ts';
import { awaitRollouts } from './await-rollouts.ts';
import { generatedValues, keeperOf, keptValues, withValues } from './generated-values.ts';
import { root } from '../running.js';
import { kubectlFor } from './kubectl-for.ts';
import { stackObjects } from './stack-objects.ts';

/**
 * Deploys a stack without Pulumi: its objects are applied on the server's side, and its parts awaited. There is no state, so what
 * a stack has no more stays in the cluster; values that are generated are kept in a Secret there.
 * * @throws {Failure} when something is missing, when an object is refused, and when a part does not get ready.
 */
export async function applyStack(stack: string): Promise<void> {
  console.log('Without Pulumi: objects are applied on the server, and no state is kept of what was there before.\n');
  await reportMissing(stack, { byPulumi: false });
  const { config, manifests, generated, setByOthers } = await stackObjects(root, stack);
  const kubectl = kubectlFor(config);
  const kept = await keptValues(kubectl, config.namespace);
  if (kept === undefined) await requireNoNamespace(kubectl, config.namespace);
  const values = generatedValues(generated, kept ?? new Map());
  const [namespaces, others] = byKind(manifests, 'Namespace');
  // The values are kept before anything has them, so that an `up` that is cut off loses none.
  const keeper = keeperOf(values, config.namespace, stack);
  const whole = others.map((manifest) => withValues(manifest, values));
  console.log(`${manifests.length} objects are applied ...`);
  const applied = [
    await applyObjects(kubectl, [...namespaces, keeper], setByOthers),
    await applyObjects(kubectl, whole, setByOthers),
  ];
  console.log(`${summary(applied)}\n`);
  await awaitRollouts(kubectl, config.namespace);
}

/** Generated values that Pulumi's state has would be replaced, and everything that was made with them be locked. */
async function requireNoNamespace(kubectl: Kubectl, namespace: string): Promise<void> {
  if ((await kubectl.run(['get', 'namespace', namespace, '--ignore-not-found'])) === '') return;
  throw new Failure(
    `The namespace ${namespace} is there, and not by --apply: Pulumi changes what Pulumi has made, and what is left of ` +
      'something else has to be removed first.',
  );
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
