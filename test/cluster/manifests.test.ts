import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileName, type Manifest } from '../../infra/render/manifest.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import { configurationVariants } from '../stack/variants.ts';
import { installCustomResourceDefinitions } from './api-server-crds.ts';
import { ApiServer } from './api-server.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await ApiServer.start();
  await installCustomResourceDefinitions(server);
});
afterAll(() => server.stop());

describe.each(Object.entries(configurationVariants()))('the manifests of %s', (name, configuration) => {
  let manifests: Manifest[];

  beforeAll(async () => {
    // Each in a namespace of its own: the variants are applied to one server.
    const own = { ...configuration, 'ballast:namespace': `ballast-${name}` };
    const rendered = await renderConfiguration(own, name);
    manifests = rendered.sort((a, b) => (fileName(a) < fileName(b) ? -1 : 1));
  });

  test('are accepted by the API server, in the order of their files, without a warning', async () => {
    for (const manifest of manifests) {
      const { refusal, warnings } = await server.apply(manifest);
      expect({ file: fileName(manifest), refusal, warnings }).toEqual({
        file: fileName(manifest),
        refusal: undefined,
        warnings: [],
      });
    }
  });

  test('have pods that the namespace and its quota let in', async () => {
    const namespace = `ballast-${name}`;
    await server.untilSettled(namespace);
    for (const manifest of manifests) {
      const template = podTemplate(manifest);
      if (template === undefined) continue;
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        ...template,
        metadata: { ...template.metadata, name: `${manifest.metadata.name}-pod`, namespace },
      };
      const { refusal, warnings } = await server.apply(pod, { dryRun: true });
      expect({ pod: pod.metadata.name, refusal, warnings }).toEqual({
        pod: pod.metadata.name,
        refusal: undefined,
        warnings: [],
      });
    }
  });
});

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The template of the pods that an object makes. A StatefulSet's volumes come from its claims, which are claims of the pod's. */
function podTemplate({ kind, spec }: Manifest): PodTemplate | undefined {
  const own = spec as {
    template?: PodTemplate;
    jobTemplate?: { spec: { template: PodTemplate } };
    volumeClaimTemplates?: Claim[];
  };
  if (kind === 'CronJob') return own.jobTemplate?.spec.template;
  if (kind === 'Deployment') return own.template;
  if (kind !== 'StatefulSet' || own.template === undefined) return undefined;
  const claims = (own.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-0` },
  }));
  const volumes = [...((own.template.spec['volumes'] as object[] | undefined) ?? []), ...claims];
  return { ...own.template, spec: { ...own.template.spec, volumes } };
}

interface Claim {
  readonly metadata: { readonly name: string };
}
