import { expect, it } from 'vitest';
import { renderConfiguration } from '../../infra/render/render.ts';
import { configurationVariants } from './variants.ts';

it('fetches the keys of the models’ providers from the store, without any in the configuration', async () => {
  const manifests = await renderConfiguration(configurationVariants()['external-secrets'] ?? {}, 'test');
  const find = (kind: string, name: string) =>
    manifests.find((each) => each.kind === kind && each.metadata.name === name);
  expect(find('ExternalSecret', 'provider-keys')).toMatchObject({
    spec: { data: [{ secretKey: 'deepinfra', remoteRef: { key: 'ballast/test/provider-keys/deepinfra' } }] },
  });
  const reference = {
    name: 'PROVIDER_KEY_deepinfra',
    valueFrom: { secretKeyRef: { name: 'provider-keys', key: 'deepinfra' } },
  };
  const container = { env: expect.arrayContaining([reference]) as unknown };
  expect(find('Deployment', 'litellm')).toMatchObject({ spec: { template: { spec: { containers: [container] } } } });
});
