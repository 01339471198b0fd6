import { Pool } from 'undici';
import { freePort } from '../../commands/free-port.ts';
import { startLlmStandin } from '../standins/llm.ts';
import type { Fault } from '../standins/faults.ts';
import { startOtlpStandin } from '../standins/otlp.ts';
import { jsonHeaders } from './bench-app.ts';
import { percentile } from '../load/percentile.ts';
import { startBenchService } from './bench-service.ts';

/**
 * Median latency with a collector that has a fault, to that without an exporter. Every trace is recorded. The two
 * services are asked in turn, so that whatever else the machine does hits both.
 */
export function latencyWithCollector(fault: Fault): (samples: number) => Promise<number> {
  return async (samples) => {
    const [llm, collector] = await Promise.all([startLlmStandin(), startOtlpStandin({ port: await freePort() })]);
    const closing = [llm.close, collector.close];
    try {
      await collector.setFault(fault);
      const headers = await jsonHeaders();
      const start = async (env: Readonly<Record<string, string>>) => {
        const service = await startBenchService({ LLM_BASE_URL: llm.url, ...env });
        const { ask, close } = clientOf(service.url, headers);
        closing.push(service.close, close);
        return ask;
      };
      const exporting = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      const plain = await start({});
      const times: [number[], number[]] = [[], []];
      for (let number = -Math.min(warmUp, samples); number < samples; number += 1) {
        const [more, less] = [await exporting(), await plain()];
        if (number < 0) continue;
        times[0].push(more);
        times[1].push(less);
      }
      return percentile(times[0], 0.5) / percentile(times[1], 0.5);
    } finally {
      for (const close of closing.reverse()) await close();
    }
  };
}

/** Questions before those that count, at most. */
const warmUp = 300;

/** A client of a service that asks questions, no two of which are alike. */
export function clientOf(url: string, headers: Readonly<Record<string, string>>) {
  const pool = new Pool(url, { connections: 8, pipelining: 1 });
  let asked = 0;
  return {
    /** @returns milliseconds to the answer. */
    ask: async (): Promise<number> => {
      const body = JSON.stringify({ question: `What is the number ${(asked += 1)} good for?` });
      const begin = performance.now();
      const answer = await pool.request({ path: '/query', method: 'POST', headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`expected 200, not ${answer.statusCode}`);
      return performance.now() - begin;
    },
    close: () => pool.destroy(),
  };
}
