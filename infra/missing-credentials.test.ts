import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurations } from '../test/stack/configurations.ts';
import { asConfiguration } from '../test/stack/variants.ts';
import { compose } from './compose.ts';
import { missingCredentials, silentModels } from './missing-credentials.ts';
import { readStackConfig } from './read-config.ts';
import { collect } from './render/collect.ts';

const where = { project: 'ballast', stack: 'test' };

describe('missing credentials', () => {
  it('are none where the External Secrets operator fetches them', () => {
    const tei = { credential: 'hub' };
    const fetched = { cluster: { externalSecrets: true }, secrets: { from: 'external-secrets', store: { name: 'v' } } };
    expect(missingCredentials(readStackConfig(asConfiguration({ tei })))).toEqual(['hub']);
    expect(missingCredentials(readStackConfig(asConfiguration({ tei, ...fetched })))).toEqual([]);
  });

  it('are none of a part that is off or elsewhere, nor of a model', () => {
    const storage = { objectStorage: { bucket: 'some' } };
    expect(missingCredentials(readStackConfig(asConfiguration({ backup: { use: 'off', ...storage } })))).toEqual([]);
    expect(missingCredentials(readStackConfig(asConfiguration({ backup: storage })))).toHaveLength(2);
    expect(missingCredentials(readStackConfig({}))).toEqual([]);
  });

  it('are exactly those that the program would read, whatever the configuration', async () => {
    await fc.assert(
      fc.asyncProperty(configurations, async (given) => {
        const config = readStackConfig(given);
        const used = new Set<string>();
        const credentials = new Proxy(config.credentials, {
          get: (values, name: string) => {
            used.add(name);
            return values[name];
          },
        });
        await collect(() => compose(config, { stack: 'test', credentials }), where);
        const models = Object.values(config.models.served).map(({ credential }) => credential);
        const without = { ...config, credentials: {} };
        const optional = new Set(models);
        expect(missingCredentials(without)).toEqual([...used].filter((name) => !optional.has(name)).sort());
      }),
      { numRuns: 4 },
    );
  }, 30_000);
});

describe('models that answer nothing', () => {
  const pricePer1k = { input: 0.001, output: 0.002 };
  const models = {
    served: {
      qwen: { provider: 'openai/gpt-4o-mini', credential: 'openai', pricePer1k },
      mistral: { provider: 'openai/gpt-4.1-nano', credential: 'openai', pricePer1k },
      llama: { provider: 'groq/llama-3.1-8b-instant', credential: 'groq', pricePer1k },
      own: { provider: 'hosted_vllm/some', apiBase: 'http://vllm.models:8000/v1', pricePer1k },
    },
  };
  const silent = (keys: Readonly<Record<string, unknown>>) => [
    ...silentModels(readStackConfig(asConfiguration({ models, ...keys }))),
  ];

  it('are those whose credential is not given, by its name', () => {
    expect(silent({})).toEqual([
      ['openai', ['qwen', 'mistral']],
      ['groq', ['llama']],
    ]);
    expect(silent({ credentials: { openai: 'x' } })).toEqual([['groq', ['llama']]]);
    expect(silent({ credentials: { openai: 'x', groq: 'x' } })).toEqual([]);
    expect([...silentModels(readStackConfig({}))]).toEqual([['deepinfra', ['qwen', 'mistral', 'llama']]]);
  });

  it('are not known where credentials are fetched, nor where LiteLLM is elsewhere or off', () => {
    expect(silent({ litellm: { use: 'off' } })).toEqual([]);
    expect(silent({ litellm: { use: 'external', url: 'https://llm.example.com/v1' } })).toEqual([]);
    const secrets = { from: 'external-secrets', store: { name: 'vault' } };
    expect(silent({ cluster: { externalSecrets: true }, secrets })).toEqual([]);
  });
});

describe('a configuration that cannot be', () => {
  /** What is registered before the program throws, and what it throws. */
  async function failing(program: () => unknown): Promise<{ registered: string[]; message: string }> {
    const seen: string[] = [];
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          seen.push(`${type} ${name}`);
          return { id: name, state: inputs as object };
        },
        call: ({ inputs }) => inputs as object,
      },
      where.project,
      where.stack,
    );
    let message = '';
    try {
      program();
    } catch (error) {
      expect(error).toBeInstanceOf(pulumi.RunError);
      ({ message } = error as Error);
    }
    await pulumi.runtime.disconnect();
    return { registered: seen, message };
  }

  it('stops the program before the first resource when a key is wrong', async () => {
    const wrong = asConfiguration({ redis: { use: 'external' }, api: { replicas: 0 } });
    expect(await failing(() => compose(readStackConfig(wrong), { stack: 'test' }))).toEqual({
      registered: [],
      message: expect.stringContaining('ballast:api.replicas is 0') as string,
    });
  });

  it('stops the program before the first resource when credentials are missing, and says how to give each', async () => {
    const redis = { use: 'external', url: 'rediss://cache.example.com:443', credential: 'redisPassword' };
    const mlflow = { database: { address: 'postgresql://db.data:5432', credential: 'store' } };
    const config = readStackConfig(asConfiguration({ redis, mlflow, credentials: { unused: 'x' } }));
    expect(await failing(() => compose(config, { stack: 'prod' }))).toEqual({
      registered: [],
      message:
        'The stack prod lacks credentials:\n' +
        "  redisPassword: pulumi config set --secret --path 'ballast:credentials.redisPassword' --stack prod\n" +
        "  store: pulumi config set --secret --path 'ballast:credentials.store' --stack prod",
    });
  });

  it('is seen at all, when the program does register something', async () => {
    const program = () => new k8s.core.v1.Namespace('some', { metadata: { name: 'some' } });
    expect((await failing(program)).registered).toEqual(['kubernetes:core/v1:Namespace some']);
  });
});
