import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jsonHeaders, percentile, startBenchApp } from './bench-app.ts';
import { clientOf } from './exporter-latency.ts';

const atOnce = 8;

/** Questions of one service before the next one's turn. */
const turn = 128;

/** Questions before those that count, at most: until then its code is not all compiled. */
const warmUp = 6_000;

/**
 * Processor time of questions traced at 1 %, while the collector takes all, to that without an exporter. Sampling says
 * nothing about the log, so neither service has a line for each question.
 *
 * Four services are in this process, since two processes of one program differ by more than what is measured, and so do
 * the first and the last service: so the exporting ones are once outside and once in between. The model and the collector
 * are processes of their own. The clients are not, and take a tenth of the time on either side.
 */
export async function exporterCpu(samples: number): Promise<number> {
  const outside = await outerToInner(true, samples / 2);
  const between = await outerToInner(false, samples / 2);
  return Math.sqrt(outside / between);
}

/** Processor time of the first and last service to that of those between, median of rounds. */
async function outerToInner(outerExport: boolean, samples: number): Promise<number> {
  const [llm, collector] = await Promise.all([startAlone('llm'), startAlone('otlp')]);
  const close = [llm.close, collector.close];
  try {
    const headers = await jsonHeaders();
    const turns: (() => Promise<number>)[] = [];
    for (const exporting of [outerExport, !outerExport, !outerExport, outerExport]) {
      const app = await startBenchApp({
        LLM_BASE_URL: llm.url,
        LOG_LEVEL: 'warn',
        ...(exporting && { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0.01' }),
      });
      const client = clientOf(app.url, headers);
      close.push(app.close, client.close);
      turns.push(() => cpuOfTurn(client.ask));
    }
    const ratios: number[] = [];
    const rounds = (questions: number) => Math.ceil(questions / (turns.length * turn));
    for (let round = -rounds(Math.min(warmUp, samples)); round < rounds(samples); round += 1) {
      const taken: number[] = [];
      for (const take of turns) taken.push(await take());
      const [first = NaN, second = NaN, third = NaN, fourth = NaN] = taken;
      if (round >= 0) ratios.push((first + fourth) / (second + third));
    }
    return percentile(ratios, 0.5);
  } finally {
    for (const end of close.reverse()) await end();
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
