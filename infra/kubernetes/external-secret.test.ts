import { ExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import { describe, expect, it } from 'vitest';
import { realise } from '../../test/stack/realise.ts';
import { container, workload } from '../../test/stack/workload.ts';
import type { SecretDescription } from '../secret.ts';
import { externalSecretSpec, type ExternalSecretsArgs } from './external-secret.ts';

const from: ExternalSecretsArgs = {
  store: { kind: 'ClusterSecretStore', name: 'vault' },
  prefix: 'ballast/prod',
  refreshInterval: '1h',
};
const secret: SecretDescription = {
  name: 'api-keys',
  rotation: 4,
  keys: {
    'jwt-secret': { from: 'generated', length: 64 },
    'jwt-secret-previous': { from: 'previous', key: 'jwt-secret' },
    openai: { from: 'credential', credential: 'openai' },
    'auth.conf': { from: 'template', template: 'a {{b}} $(jwt-secret)\n' },
  },
};

describe('an external secret', () => {
  it('fetches every value that is no template, by prefix, secret and key', () => {
    expect(externalSecretSpec(secret, from)).toMatchObject({
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
      refreshInterval: '1h',
      data: [
        { secretKey: 'jwt-secret', remoteRef: { key: 'ballast/prod/api-keys/jwt-secret' } },
        { secretKey: 'jwt-secret-previous', remoteRef: { key: 'ballast/prod/api-keys/jwt-secret-previous' } },
        { secretKey: 'openai', remoteRef: { key: 'ballast/prod/api-keys/openai' } },
      ],
    });
  });

  it('makes a Secret of the same name, with templates in the language of the operator', () => {
    expect(externalSecretSpec(secret, from).target).toEqual({
      name: 'api-keys',
      creationPolicy: 'Owner',
      template: {
        engineVersion: 'v2',
        mergePolicy: 'Merge',
        data: { 'auth.conf': 'a {{ "{{" }}b}} {{ index . "jwt-secret" }}\n' },
      },
    });
    const { 'auth.conf': _, ...keys } = secret.keys;
    expect(externalSecretSpec({ ...secret, keys }, from).target).not.toHaveProperty('template');
  });

  it('is what the published schema allows', () => {
    expect(() => new ExternalSecret({ spec: externalSecretSpec(secret, from) }).validate()).not.toThrow();
  });

  it('takes the place of the generated one, and pods still roll on the counter', async () => {
    const uses = container({ secretEnvironment: { KEY: { secret: 'api-keys', key: 'jwt-secret' } } });
    const api = workload('api', { containers: [uses] });
    const registered = await realise({ api: { workloads: [api], secrets: [secret] } }, { secretsFrom: from });
    expect(registered.names('Secret')).toEqual([]);
    expect(registered.names('RandomPassword')).toEqual([]);
    expect(registered.get('ExternalSecret', 'api-keys').inputs).toMatchObject({
      apiVersion: 'external-secrets.io/v1',
      metadata: { name: 'api-keys', annotations: { 'ballast.dev/rotation': '4' } },
    });
    expect(registered.dependencies('Deployment', 'api')).toContain('ExternalSecret/api-keys');
    expect(registered.get('Deployment', 'api').inputs).toMatchObject({
      spec: { template: { metadata: { annotations: { 'ballast.dev/rotation': 'api-keys=4' } } } },
    });
  });
});
