import { Pool } from 'undici';
import { freePort } from '../../commands/free-port.ts';
import { startLlmStandin } from '../standins/llm.ts';
import type { Fault } from '../standins/faults.ts';
import { startOtlpStandin } from '../standins/otlp.ts';
import { jsonHeaders, percentile } from './bench-app.ts';
import { startBenchService } from './bench-service.ts';

/** A service that questions are sent to. */
interface Asked {
  /** Sends a question that no other is like. @returns milliseconds to the answer. */
  readonly ask: () => Promise<number>;
  /** Seconds of processor time that the service has taken. */
  readonly cpu: () => Promise<number>;
}

/**
 * Median latency with a collector that has a fault, to that without an exporter. Every trace is recorded. The two
 * services are asked in turn, so that whatever else the machine does hits both.
 */
export function latencyWithCollector(fault: Fault): (samples: number) => Promise<number> {
  return (samples) =>
    compare(fault, {}, samples, async (exporting, plain) => {
      const times: [number[], number[]] = [[], []];
      for (let number = 0; number < samples; number += 1) {
        times[0].push(await exporting.ask());
        times[1].push(await plain.ask());
      }
      return percentile(times[0], 0.5) / percentile(times[1], 0.5);
    });
}

/** Questions before those that count, at most. */
const warmUp = 300;

const atOnce = 8;

/** Questions of one service before the other's turn. */
const turn = 96;

/**
 * Processor time of a turn at 1 % sampling, with a collector that takes everything, to that without an exporter: medians
 * of turns of both, each service being the first as often as the other.
 */
export function cpuAtOnePercent(samples: number): Promise<number> {
  return compare({ kind: 'none' }, { OTEL_TRACES_SAMPLER_ARG: '0.01' }, samples, async (exporting, plain) => {
    const turns: [number[], number[]] = [[], []];
    for (let asked = 0; asked < samples; asked += 2 * turn) {
      turns[0].push(await cpuOfTurn(exporting));
      turns[1].push(await cpuOfTurn(plain), await cpuOfTurn(plain));
      turns[0].push(await cpuOfTurn(exporting));
    }
    return percentile(turns[0], 0.5) / percentile(turns[1], 0.5);
  });
}

async function cpuOfTurn({ ask, cpu }: Asked): Promise<number> {
  const before = await cpu();
  for (let asked = 0; asked < turn; asked += atOnce) await Promise.all(Array.from({ length: atOnce }, ask));
  return (await cpu()) - before;
}

/** Starts a service that exports and one that does not, in front of the same model, and lets a question's code be compiled. */
async function compare(
  fault: Fault,
  env: Readonly<Record<string, string>>,
  samples: number,
  measure: (exporting: Asked, plain: Asked) => Promise<number>,
): Promise<number> {
  const [llm, collector] = await Promise.all([startLlmStandin(), startOtlpStandin({ port: await freePort() })]);
  const closing = [llm.close, collector.close];
  try {
    await collector.setFault(fault);
    const headers = await jsonHeaders();
    const start = async (more: Readonly<Record<string, string>>) => {
      const service = await startBenchService({ LLM_BASE_URL: llm.url, ...more });
      const pool = new Pool(service.url, { connections: atOnce, pipelining: 1 });
      closing.push(service.close, () => pool.destroy());
      return clientOf(pool, headers);
    };
    const exporting = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env });
    const plain = await start({});
    for (let number = 0; number < Math.min(warmUp, samples); number += 1)
      await Promise.all([exporting.ask(), plain.ask()]);
    return await measure(exporting, plain);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function clientOf(pool: Pool, headers: Readonly<Record<string, string>>): Asked {
  let asked = 0;
  return {
    ask: async () => {
      const body = JSON.stringify({ question: `What is the number ${(asked += 1)} good for?` });
      const begin = performance.now();
      const answer = await pool.request({ path: '/query', method: 'POST', headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`expected 200, not ${answer.statusCode}`);
      return performance.now() - begin;
    },
    cpu: async () => {
      const { body } = await pool.request({ path: '/metrics', method: 'GET' });
      const seconds = /^process_cpu_seconds_total (\S+)$/m.exec(await body.text())?.[1];
      if (seconds === undefined) throw new Error('the service does not say what processor time it has taken');
      return Number(seconds);
    },
  };
}
