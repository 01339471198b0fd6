import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { images } from '../../images.ts';
import { modelSettings } from '../models.ts';
import { litellmConfiguration } from './configuration.ts';
import { describeLiteLlm, litellmLink } from './litellm.ts';
import { litellmSettings } from './settings.ts';

const price = { input: 0, output: 0 };
const mode = (model: string) => ({ model, temperature: 0, fallback: null });

/** Three models: two with a credential, one of one's own. */
const models = modelSettings.parse({
  served: {
    a: { provider: 'openai/a', credential: 'openai', pricePer1k: price },
    b: { provider: 'groq/b', credential: 'groq', pricePer1k: price },
    c: { provider: 'hosted_vllm/c', apiBase: 'http://vllm.models:8000/v1', pricePer1k: price },
  },
  modes: { creative: mode('a'), balanced: mode('b'), fast: mode('c') },
});

function describeWith(settings: object, credentials: readonly string[] = []) {
  const rotation = { 'litellm-keys': 2, 'provider-keys': 5 };
  const args = { images: {}, models, credentials, longestSeconds: 300, rotation };
  return describeLiteLlm({ ...litellmSettings.parse(settings), ...args });
}

const configurationWith = (credentials: readonly string[] = [], longestSeconds = 300) =>
  litellmConfiguration({ models, credentials, longestSeconds });

describe('the bundled LiteLLM', () => {
  const [workload] = describeWith({}).workloads;
  const container = workload?.containers[0];

  it('is the release that the tests run', () => {
    const pins = readFileSync(join(import.meta.dirname, '../../../tools/litellm/requirements.txt'), 'utf8');
    expect(pins).toContain(`\nlitellm==${images.litellm.split(':v')[1]}\n`);
  });

  it('retries nothing and rests no model, since the service does both', () => {
    const { litellm_settings, router_settings } = configurationWith();
    expect(litellm_settings.num_retries).toBe(0);
    expect(router_settings).toEqual({ num_retries: 0, disable_cooldowns: true });
  });

  it('ends no call before the service does, also when it stops', () => {
    expect(configurationWith([], 595).litellm_settings.request_timeout).toBe(625);
    expect(workload?.stopping).toEqual({ delaySeconds: 5, graceSeconds: 330 });
  });

  it('is asked after its health in ways that call no model', () => {
    expect(container?.probes).toMatchObject({
      startup: { http: { path: '/health/liveliness' } },
      liveness: { http: { path: '/health/liveliness' } },
      readiness: { http: { path: '/health/readiness' } },
    });
  });

  it('writes to its scratch volume alone', () => {
    expect(container?.mounts).toEqual({ configuration: '/etc/litellm', temporary: '/tmp' });
    expect(container?.environment).toMatchObject({ HOME: '/tmp', LITELLM_LOCAL_MODEL_COST_MAP: 'True' });
  });

  it('has a master key of its own and the one before it, which begin as LiteLLM wants it', () => {
    expect(describeWith({}).secrets).toEqual([
      {
        name: 'litellm-keys',
        rotation: 2,
        keys: {
          random: { from: 'generated', length: 40 },
          'random-previous': { from: 'previous', key: 'random' },
          'master-key': { from: 'template', template: 'sk-$(random)' },
          'master-key-previous': { from: 'template', template: 'sk-$(random-previous)' },
        },
      },
    ]);
  });

  it('asks a function beside its configuration whether a key is one of both, and then checks routes as ever', () => {
    expect(configurationWith().general_settings).toEqual({
      master_key: 'os.environ/LITELLM_MASTER_KEY',
      custom_auth: 'both_keys.accept',
      custom_auth_run_common_checks: true,
    });
    const [configuration] = workload?.volumes ?? [];
    expect(configuration).toMatchObject({ kind: 'files', name: 'configuration' });
    const files = configuration?.kind === 'files' ? configuration.files : {};
    expect(Object.keys(files)).toEqual(['config.yaml', 'both_keys.py']);
    expect(files['both_keys.py']).toContain('\nasync def accept(request: Request, api_key: str | None)');
  });

  it('gets those credentials that a model names and the stack has', () => {
    const { secrets, workloads } = describeWith({}, ['openai', 'unrelated']);
    expect(secrets?.[1]).toEqual({
      name: 'provider-keys',
      rotation: 5,
      keys: { openai: { from: 'credential', credential: 'openai' } },
    });
    expect(workloads[0]?.containers[0].secretEnvironment).toEqual({
      LITELLM_MASTER_KEY: { secret: 'litellm-keys', key: 'master-key' },
      LITELLM_MASTER_KEY_PREVIOUS: { secret: 'litellm-keys', key: 'master-key-previous' },
      PROVIDER_KEY_openai: { secret: 'provider-keys', key: 'openai' },
    });
    const keys = configurationWith(['openai']).model_list.map(({ litellm_params }) => litellm_params.api_key);
    expect(keys).toEqual(['os.environ/PROVIDER_KEY_openai', undefined, undefined]);
  });

  it('holds no key in its configuration', () => {
    expect(JSON.stringify(workload?.volumes)).toContain('os.environ/LITELLM_MASTER_KEY');
    expect(JSON.stringify(workload?.volumes)).not.toContain('sk-');
  });

  it('reaches the internet once for all hosted models, and each server of one’s own', () => {
    expect(workload?.connections).toEqual([
      { to: 'internet' },
      { to: 'namespace', namespace: 'models', ports: [8000] },
    ]);
  });

  it('keeps all but one copy through a drain', () => {
    expect(workload?.traits).toEqual({});
    expect(describeWith({ replicas: 2 }).workloads[0]?.traits).toEqual({ minAvailable: 1 });
  });
});

describe('the way to the models', () => {
  const link = (settings: object) => litellmLink(litellmSettings.parse(settings));

  it('is the proxy of the stack with its master key', () => {
    expect(link({})).toEqual({
      url: 'http://litellm:8001/v1',
      connection: { to: 'workload', workload: 'litellm', port: 'http' },
      secret: { secret: 'litellm-keys', key: 'master-key' },
    });
  });

  it('is an existing endpoint with the key that the user gave, or with none', () => {
    const external = { use: 'external', url: 'https://llm.example.com/v1/' };
    const open = { url: 'https://llm.example.com/v1', connection: { to: 'internet' } };
    expect(link(external)).toEqual(open);
    expect(link({ ...external, credential: 'litellm' })).toEqual({
      ...open,
      secret: { secret: 'litellm-keys', key: 'master-key' },
      secrets: [{ name: 'litellm-keys', keys: { 'master-key': { from: 'credential', credential: 'litellm' } } }],
    });
  });

  it('is not there when they are off', () => {
    expect(link({ use: 'off' })).toBeUndefined();
  });
});
