import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { configurationText, litellmConfiguration } from '../../infra/stack/litellm/configuration.ts';
import { describeLiteLlm, type LiteLlmArgs } from '../../infra/stack/litellm/litellm.ts';
import { litellmSettings } from '../../infra/stack/litellm/settings.ts';
import { modelSettings } from '../../infra/stack/models.ts';
import { freePort, statusOf } from '../processes.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { ReadOnlyProcess } from './read-only.ts';

const masterKey = 'sk-of-the-tests';
const free = { input: 0, output: 0 };
const mode = (model: string) => ({ model, temperature: 0, fallback: null });

let provider: LlmStandin;
let proxy: ReadOnlyProcess;
let url: string;

/** The arguments for models of which one has its credential, one needs none, and one lacks its own. */
function argsFor(apiBase: string): LiteLlmArgs {
  const models = modelSettings.parse({
    served: {
      on: { provider: 'openai/the-real-name', apiBase, credential: 'paid', pricePer1k: free },
      own: { provider: 'hosted_vllm/own', apiBase, pricePer1k: free },
      keyless: { provider: 'openai/keyless', apiBase, credential: 'forgotten', pricePer1k: free },
    },
    modes: { creative: mode('on'), balanced: mode('own'), fast: mode('keyless') },
  });
  const rotation = { 'litellm-keys': 1, 'provider-keys': 1 };
  return { ...litellmSettings.parse({}), images: {}, models, credentials: ['paid'], rotation };
}

beforeAll(async () => {
  provider = await startLlmStandin({ reply: () => 'Here.' });
  const args = argsFor(provider.url);
  const [workload] = describeLiteLlm(args).workloads;
  const container = workload?.containers[0];
  proxy = new ReadOnlyProcess();
  const file = join(proxy.folder, 'config.yaml');
  const { litellm_settings, ...rest } = litellmConfiguration(args.models, args.credentials);
  // The pinned packages lack prometheus_client, which the image has.
  writeFileSync(file, configurationText({ ...rest, litellm_settings: { ...litellm_settings, callbacks: [] } }));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const places: Readonly<Record<string, string>> = {
    '/etc/litellm/config.yaml': file,
    '0.0.0.0': '127.0.0.1',
    '8001': String(port),
  };
  const options = (container?.args ?? []).map((arg) => places[arg] ?? arg);
  const values: Readonly<Record<string, string>> = { 'master-key': masterKey, paid: 'sk-of-the-provider' };
  const secrets = Object.entries(container?.secretEnvironment ?? {}).map(([name, { key }]) => [
    name,
    values[key] ?? '',
  ]);
  const environment = Object.entries(container?.environment ?? {}).map(([name, value]) => [
    name,
    value.replace(/^\/tmp/, proxy.folder),
  ]);
  await proxy.start(
    [inject('litellm'), ...options],
    Object.fromEntries([...environment, ...secrets]) as Record<string, string>,
    async () => (await statusOf(`${url}/health/liveliness`)) === 200,
  );
});
afterAll(async () => {
  await proxy.remove();
  await provider.close();
});
beforeEach(() => provider.clearFaults());

function ask(model: string, key = masterKey): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Where is it?' }] }),
  });
}

describe('LiteLLM with the generated configuration, on a read-only file system', () => {
  test('is ready without asking a model', async () => {
    const before = provider.requests;
    expect(await statusOf(`${url}/health/readiness`)).toBe(200);
    expect(provider.requests).toBe(before);
  });

  test('asks the provider by its own name of the model and with its key', async () => {
    const response = await ask('on');
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Here.' } }] });
    expect(provider.calls.at(-1)?.model).toBe('the-real-name');
    expect(provider.lastHeaders['authorization']).toBe('Bearer sk-of-the-provider');
  });

  test('asks a server of one’s own without a key', async () => {
    expect((await ask('own')).status).toBe(200);
    expect(provider.lastHeaders['authorization']).not.toContain('sk-');
  });

  test('refuses a wrong key before any model is asked', async () => {
    const before = provider.requests;
    expect((await ask('on', `${masterKey}-wrong`)).ok).toBe(false);
    expect((await ask('on', 'sk-')).ok).toBe(false);
    expect(provider.requests).toBe(before);
  });

  // LiteLLM would retry a 503, and rest a model after a single 401.
  test.each([401, 503])('asks a model that answers %d once for each question, and does not rest it', async (status) => {
    await provider.setFault({ kind: 'status', status });
    const before = provider.requests;
    for (let asked = 0; asked < 5; asked += 1) expect((await ask('on')).status).toBe(status);
    expect(provider.requests - before).toBe(5);
    await provider.clearFaults();
    expect((await ask('on')).status).toBe(200);
  });

  test('serves the other models when one lacks its credential', async () => {
    const before = provider.requests;
    expect((await ask('keyless')).ok).toBe(false);
    expect(provider.requests).toBe(before);
    expect((await ask('on')).status).toBe(200);
  });

  test('offers neither the administration nor the pages of its API', async () => {
    const administration = await (await fetch(`${url}/.well-known/litellm-ui-config`)).json();
    expect(administration).toMatchObject({ admin_ui_disabled: true });
    expect(await (await fetch(url)).text()).not.toContain('swagger');
    expect((await fetch(`${url}/redoc`)).status).toBe(404);
  });

  test('writes no key into its log', () => {
    expect(proxy.output).toContain('chat/completions');
    expect(proxy.output).not.toContain('sk-of');
  });
});
