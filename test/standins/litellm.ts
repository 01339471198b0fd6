import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort, statusOf, until } from '../processes.ts';

/** A model that the proxy serves, and the OpenAI-compatible endpoint behind it. */
export interface ProxiedModel {
  readonly name: string;
  /** `/v1` included. */
  readonly apiBase: string;
}

/** LiteLLM's proxy. */
export interface LiteLlm {
  /** Base URL without `/v1`. */
  readonly url: string;
  /** What it printed so far, both streams. */
  readonly output: () => string;
  /** Ends it, and removes what it was made from. */
  stop(): Promise<void>;
}

/** Loading its modules takes 6 s on an idle machine, and 40 s has been seen on a busy one. */
const patienceMs = 120_000;

/**
 * Starts the real LiteLLM proxy, without a database, on a free port. One worker serves in the process itself, so that
 * there are no children to end.
 *
 * Retries and cooldowns are off, since the service does both: a proxy that rests a model after one 401 answers 429 for it.
 *
 * @throws when it does not answer within 2 minutes, with what it printed.
 */
export async function startLiteLlm(options: {
  readonly models: readonly ProxiedModel[];
  readonly masterKey: string;
}): Promise<LiteLlm> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-litellm-'));
  const config = join(folder, 'config.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(configuration(options), undefined, 2));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(inject('litellm'), ['--config', config, '--host', '127.0.0.1', '--port', String(port)], {
    cwd: folder,
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const stop = async () => {
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(
      'LiteLLM answers',
      async () => {
        if (child.exitCode !== null) throw new Error(`LiteLLM ended with code ${child.exitCode}`);
        return (await statusOf(`${url}/health/liveliness`)) === 200;
      },
      patienceMs,
    );
  } catch (cause) {
    await stop();
    throw new Error(`LiteLLM did not start; it printed: ${output.slice(-2000)}`, { cause });
  }
  return { url, output: () => output, stop };
}

function configuration({ models, masterKey }: Parameters<typeof startLiteLlm>[0]) {
  return {
    model_list: models.map(({ name, apiBase }) => ({
      model_name: name,
      litellm_params: { model: `openai/${name}`, api_base: apiBase, api_key: 'of-the-stand-in' },
    })),
    litellm_settings: { num_retries: 0, drop_params: true, telemetry: false },
    router_settings: { num_retries: 0, disable_cooldowns: true },
    general_settings: { master_key: masterKey },
  };
}

/** Nothing of this process's environment but the PATH, so that no database, proxy or key of the machine is used. */
function environment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    // Prices from the package, in place of a file that it would fetch.
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
