import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { describeLiteLlm, type LiteLlmArgs } from '../../infra/stack/litellm/litellm.ts';
import { litellmSettings } from '../../infra/stack/litellm/settings.ts';
import { modelSettings } from '../../infra/stack/models.ts';
import { scrapeTargets } from '../../infra/stack/prometheus/scrape.ts';
import type { Workload } from '../../infra/workload.ts';
import { freePort, run, statusOf, until } from '../processes.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { patienceMs, ReadOnlyProcess } from './read-only.ts';

const masterKey = 'sk-of-the-tests';
const previousKey = 'sk-of-the-tests-before';
const free = { input: 0, output: 0 };
const mode = (model: string) => ({ model, temperature: 0, fallback: null });

let workload: Workload | undefined;
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
  const args = { images: {}, models, credentials: ['paid'], longestSeconds: 300, rotation };
  return { ...litellmSettings.parse({}), ...args };
}

beforeAll(async () => {
  provider = await startLlmStandin({ reply: () => 'Here.' });
  workload = describeLiteLlm(argsFor(provider.url)).workloads[0];
  const container = workload?.containers[0];
  proxy = new ReadOnlyProcess();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const places: Record<string, string> = { '0.0.0.0': '127.0.0.1', '8001': String(port) };
  for (const volume of workload?.volumes ?? []) {
    for (const [name, text] of Object.entries(volume.kind === 'files' ? volume.files : {})) {
      const file = join(proxy.folder, name);
      writeFileSync(file, text);
      places[`${container?.mounts?.[volume.name] ?? ''}/${name}`] = file;
    }
  }
  const options = (container?.args ?? []).map((arg) => places[arg] ?? arg);
  const values: Readonly<Record<string, string>> = {
    'master-key': masterKey,
    'master-key-previous': previousKey,
    paid: 'sk-of-the-provider',
  };
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
}, patienceMs + 20_000);
afterAll(async () => {
  await proxy.remove();
  await provider.close();
});
beforeEach(() => provider.clearFaults());

function ask(model: string, authorization = `Bearer ${masterKey}`): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: authorization },
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

  test.each([
    ['its master key', masterKey],
    ['the one before the last rotation', previousKey],
  ])('answers a request with %s', async (_, key) => {
    const headers = { Authorization: `Bearer ${key}` };
    expect((await ask('on', headers.Authorization)).status).toBe(200);
    for (const path of ['/v1/models', '/model/info', '/health/readiness/details']) {
      expect([path, (await fetch(`${url}${path}`, { headers })).status]).toEqual([path, 200]);
    }
  });

  test.each([
    ['a wrong key', `Bearer ${masterKey}-wrong`],
    ['the beginning of a key', 'Bearer sk-'],
    ['a key of other letters', 'Bearer sk-é'],
    ['a key that is not a bearer token', masterKey],
    ['an empty key', 'Bearer '],
    ['no key', ''],
  ])('refuses a request with %s before any model is asked', async (_, authorization) => {
    const before = provider.requests;
    const refusal = { message: 'This is neither the master key nor the one before it', code: '401' };
    expect(await (await ask('on', authorization)).json()).toMatchObject({ error: refusal });
    const headers = { Authorization: authorization };
    // The last two are of the administration.
    for (const path of ['/v1/models', '/health', '/model/info', '/get/config/callbacks']) {
      expect([path, (await fetch(`${url}${path}`, { headers })).status]).toEqual([path, 401]);
    }
    expect(provider.requests).toBe(before);
  });

  test('refuses a request without a key also when the key before is empty', async () => {
    const program = 'import asyncio, both_keys; asyncio.run(both_keys.accept(None, ""))';
    const { code, stderr } = await run(join(inject('litellm'), '../python'), ['-c', program], {
      cwd: proxy.folder,
      env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_MASTER_KEY: masterKey, LITELLM_MASTER_KEY_PREVIOUS: '' },
    });
    expect({ code, end: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 1,
      end: 'fastapi.exceptions.HTTPException: 401: This is neither the master key nor the one before it',
    });
  });

  test('needs no key where the platform asks after its health', async () => {
    const { startup, liveness, readiness } = workload?.containers[0].probes ?? {};
    const paths = [startup, liveness, readiness].map((probe) => probe && 'http' in probe && probe.http.path);
    for (const path of paths) expect([path, await statusOf(`${url}${path}`)]).toEqual([path, 200]);
  });

  test('shows its metrics where Prometheus looks for them, without a key and with none in them', async () => {
    await ask('on', `Bearer ${previousKey}`);
    await ask('on');
    const [target] = scrapeTargets(workload ? [workload] : []);
    expect(target?.bearer).toBeUndefined();
    const answer = () => fetch(`${url}${target?.path}`, { redirect: 'error' });
    // They are counted after the answer is out.
    await until('both calls are counted', async () => {
      const counted = /^litellm_proxy_total_requests_metric_total\{.*requested_model="on".*\} (\d+)/m;
      return Number(counted.exec(await (await answer()).text())?.[1]) >= 2;
    });
    const response = await answer();
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    for (const key of [masterKey, previousKey]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(createHash('sha256').update(key).digest('hex'));
    }
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

  // What alerts/stack/litellm.ts and alerts/kubernetes/memory.ts read.
  test('tells Prometheus of a failed call by the name of the model here and at the provider, until one succeeds', async () => {
    const [target] = scrapeTargets(workload ? [workload] : []);
    const tells = (what: string, ...lines: RegExp[]) =>
      until(what, async () => {
        const text = await (await fetch(`${url}${target?.path}`)).text();
        return lines.every((line) => line.test(text));
      });
    await provider.setFault({ kind: 'status', status: 503 });
    expect((await ask('on')).status).toBe(503);
    await tells(
      'the failure is told',
      /^litellm_deployment_failure_responses_total\{(?=.*exception_status="503")(?=.*model_group="on").*\} [1-9]/m,
      /^litellm_deployment_total_requests_total\{(?=.*model_group="on").*\} [1-9]/m,
      /^litellm_deployment_state\{(?=.*litellm_model_name="the-real-name").*\} 1/m,
      /^process_resident_memory_bytes [1-9]/m,
    );
    await provider.clearFaults();
    expect((await ask('on')).status).toBe(200);
    await tells('the recovery is told', /^litellm_deployment_state\{(?=.*litellm_model_name="the-real-name").*\} 0/m);
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
