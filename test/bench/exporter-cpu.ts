import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { batches } from '../../service/telemetry/otlp.ts';
import { startStandinProcess } from '../standins/standin-process.ts';
import { jsonHeaders, percentile, startBenchApp } from './bench-app.ts';
import { clientOf } from './exporter-latency.ts';

const atOnce = 8;

/** Questions of one service in a turn, at most. */
const longestTurn = 512;

/** After its questions a turn lasts until their spans have left, in milliseconds; as long for who has none. */
const leaveMs = batches.scheduledDelayMillis + 200;

/** Questions before those that count, at most: until then its code is not all compiled. */
const warmUp = 4_000;

/**
 * Processor time of questions traced at 1 %, while the collector takes all, to that without an exporter. What is measured
 * is all of it, from the question to the spans that are encoded and sent a second later. Sampling says nothing about the
 * log, so neither service has a line for each question.
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

/** Asks a service one question. */
type Ask = () => Promise<number>;

/** Processor time of the first and last service to that of those between, median of rounds. */
async function outerToInner(outerExport: boolean, samples: number): Promise<number> {
  const close: (() => Promise<void>)[] = [];
  try {
    const llm = await startStandinProcess('llm');
    close.push(llm.close);
    const collector = await startStandinProcess('otlp');
    close.push(collector.close);
    const headers = await jsonHeaders();
    const start = async (exporting: boolean): Promise<Ask> => {
      const app = await startBenchApp({
        LLM_BASE_URL: llm.url,
        LOG_LEVEL: 'warn',
        ...(exporting && { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0.01' }),
      });
      const client = clientOf(app.url, headers);
      close.push(app.close, client.close);
      return client.ask;
    };
    const first = await start(outerExport);
    const inner = [await start(!outerExport), await start(!outerExport)];
    const outer = [first, await start(outerExport)];

    for (const ask of [...outer, ...inner]) await askMany(ask, Math.min(warmUp, samples) / 4);
    const turn = Math.min(longestTurn, Math.ceil(samples / 4));
    const ratios: number[] = [];
    for (let round = 0; round < samples / (4 * turn); round += 1) {
      // Who comes first in one round comes second in the next.
      const outerFirst = round % 2 === 0;
      const one = await cpuOfTurns(outerFirst ? outer : inner, turn);
      const other = await cpuOfTurns(outerFirst ? inner : outer, turn);
      ratios.push(outerFirst ? one / other : other / one);
    }
    return percentile(ratios, 0.5);
  } finally {
    for (const end of close.reverse()) await end();
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Microseconds of this process's processor time, until the spans have left. */
async function cpuOfTurns(services: readonly Ask[], turn: number): Promise<number> {
  // What others have left would be collected in whoever's turn it happens to be.
  collectGarbage();
  const before = process.cpuUsage();
  for (const ask of services) await askMany(ask, turn);
  await sleep(leaveMs);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function askMany(ask: Ask, questions: number): Promise<void> {
  for (let asked = 0; asked < questions; asked += atOnce) await Promise.all(Array.from({ length: atOnce }, ask));
}
