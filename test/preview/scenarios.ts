import { judgeStack } from '../../commands/policies/results.ts';
import { previewComment } from '../../infra/preview/comment.ts';
import type { StackPreview } from '../../infra/preview/change.ts';
import { previewOfManifests } from '../../infra/preview/from-manifests.ts';
import { previewOfDigest } from '../../infra/preview/from-pulumi.ts';
import { readPolicyResults, type PolicyResults } from '../../infra/preview/policy-results.ts';
import { readDigest } from '../../infra/preview/pulumi-digest.ts';
import { manifestsOf } from '../../infra/render/render.ts';
import { imageDigest } from '../../policies/rules/image-digest.ts';
import { secretInConfigMap } from '../../policies/rules/secret-in-config-map.ts';
import { engineSteps } from './engine-steps.ts';
import { prodWith, type Registered } from './program.ts';

/** What two of the rules say of some objects, read as from the command's output. */
function judged(resources: Registered): PolicyResults {
  const objects = resources
    .filter(({ name }) => ['redis', 'api-environment'].includes(name))
    .map(({ urn, inputs }) => ({ source: urn, object: inputs }));
  const results = judgeStack('prod', objects, [imageDigest, secretInConfigMap], {});
  return readPolicyResults(JSON.stringify(results), 'a test');
}

/** What one rule says of all objects after a change. */
function judgedAll({ objects }: StackPreview): PolicyResults {
  const after = objects.after.map((object) => ({ source: object.metadata.name, object }));
  return readPolicyResults(JSON.stringify(judgeStack('prod', after, [secretInConfigMap], {})), 'a test');
}

const base = await prodWith();
const baseManifests = manifestsOf(base);

/** A change of the configuration as two renders. */
const rendered = async (changes: Readonly<Record<string, object>>) =>
  previewOfManifests('prod', baseManifests, manifestsOf(await prodWith(changes)));

/** The same as the engine sees it. */
const previewed = (before: Registered, after: Registered) =>
  previewOfDigest('prod', readDigest(JSON.stringify(engineSteps(before, after)), 'a test'));

/** The ConfigMap of Redis under an earlier name in the program, which the program of today has as an alias. */
const withEarlierName = (name: string): Registered =>
  base.map((each) =>
    each.name === 'redis-configuration' ? { ...each, name, urn: each.urn.replace(/[^:]+$/, name) } : each,
  );

const withAlias = (name: string): Registered =>
  base.map((each) =>
    each.name === 'redis-configuration' ? { ...each, options: { ...each.options, aliases: [{ name }] } } : each,
  );

async function comment(preview: StackPreview | Promise<StackPreview>, results?: PolicyResults): Promise<string> {
  const shown = await preview;
  return previewComment([shown], { policies: new Map([['prod', results ?? judgedAll(shown)]]) });
}

/** A comment of each kind of change, by the name of its golden file. All are changes of this program. */
export const scenarios: Readonly<Record<string, () => Promise<string>>> = {
  'image-bump': () => comment(rendered({ images: { redis: 'docker.io/library/redis:7.4.7-bookworm' } })),
  'replica-change': () => comment(rendered({ litellm: { replicas: 4 } })),
  'environment-variable': () => comment(rendered({ api: { environment: { RATE_LIMIT_PER_MINUTE: '600' } } })),
  'secret-rotation': async () => comment(previewed(base, await prodWith({ rotation: { 'redis-auth': 2 } }))),
  'secret-rotation-rendered': () => comment(rendered({ rotation: { 'redis-auth': 2 } })),
  'storage-replaced': () => comment(rendered({ redis: { storage: { size: '20Gi' } } })),
  'storage-replaced-by-pulumi': async () =>
    comment(previewed(base, await prodWith({ redis: { storage: { size: '20Gi' } } }))),
  'part-off': () => comment(rendered({ loki: { use: 'off' } })),
  'policy-violation': async () => {
    const after = await prodWith({
      api: { environment: { JWKS_URL: 'https://ballast:hunter22hunter@id.example.com/keys' } },
    });
    return comment(previewOfManifests('prod', baseManifests, manifestsOf(after)), judged(after));
  },
  'no-change': () => comment(previewOfManifests('prod', baseManifests, baseManifests)),
  'renamed-with-alias': () => comment(previewed(withEarlierName('redis-settings'), withAlias('redis-settings'))),
  'below-disruption-budget': () => comment(rendered({ qdrant: { replicas: 1, replicationFactor: 1 } })),
  'very-large': async () => {
    const stacks = ['prod', 'prod-europe', 'prod-asia'];
    return previewComment(
      stacks.map((stack) => previewOfManifests(stack, [], baseManifests)),
      { policies: new Map() },
    );
  },
};
