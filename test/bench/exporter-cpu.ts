import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jsonHeaders, percentile, startBenchApp } from './bench-app.ts';
import { clientOf } from './exporter-latency.ts';

const atOnce = 8;

/** Questions of one service before the other's turn: as many log lines as are exported at once. */
const turn = 128;

/** Questions of each service before those that count, at most: until then its code is not all compiled. */
const warmUp = 2_000;

/**
 * Processor time of questions at 1 % sampling, while the collector takes all, to that without an exporter: the median
 * of rounds.
 *
 * Both services are in this process, since two processes of one program differ by more than what is measured. The model
 * and the collector are not. The clients are, and take a tenth of the time on either side.
 */
export async function exporterCpu(samples: number): Promise<number> {
  const [llm, collector] = await Promise.all([startAlone('llm'), startAlone('otlp')]);
  const apps = [
    await startBenchApp({
      LLM_BASE_URL: llm.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    }),
    await startBenchApp({ LLM_BASE_URL: llm.url }),
  ] as const;
  const headers = await jsonHeaders();
  const clients = [clientOf(apps[0].url, headers), clientOf(apps[1].url, headers)] as const;
  try {
    const [exporting, plain] = [() => cpuOfTurn(clients[0].ask), () => cpuOfTurn(clients[1].ask)] as const;
    for (let asked = 0; asked < Math.min(warmUp, samples); asked += turn) {
      await exporting();
      await plain();
    }
    const ratios: number[] = [];
    for (let asked = 0; asked < samples; asked += 2 * turn) {
      // So ordered, what grows or shrinks in the meantime hits both alike.
      const [first, second, third, fourth] = [await exporting(), await plain(), await plain(), await exporting()];
      ratios.push((first + fourth) / (second + third));
    }
    return percentile(ratios, 0.5);
  } finally {
    await Promise.all(clients.map(({ close }) => close()));
    await Promise.all(apps.map(({ close }) => close()));
    await Promise.all([llm.close(), collector.close()]);
  }
}

/** Microseconds of this process's processor time. */
async function cpuOfTurn(ask: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  for (let asked = 0; asked < turn; asked += atOnce) await Promise.all(Array.from({ length: atOnce }, ask));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** A stand-in in a process of its own. */
async function startAlone(name: 'llm' | 'otlp') {
  const script = join(import.meta.dirname, '..', 'standins', `${name}.ts`);
  const child = spawn(process.execPath, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
