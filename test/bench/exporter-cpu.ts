import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../commands/free-port.ts';
import { batches } from '../../service/telemetry/otlp.ts';
import { startStandinProcess } from '../standins/standin-process.ts';
import { jsonHeaders } from './bench-app.ts';
import { startBenchService } from './bench-service.ts';
import { shareOfTime } from './cpu-profile.ts';
import { clientOf } from './exporter-latency.ts';

/** Questions at one time. */
const atOnce = 8;

/** Questions before those that count, at most: until then its code is not all compiled. */
const warmUp = 4_000;

/** What makes spans and sends them; nothing else of the service uses Node's own client for HTTP. */
const isTelemetry = (url: string) =>
  /\/@opentelemetry\/|\/telemetry\/(tracing|late-spans|bounded-export)\.ts$|\/request-span\.ts$|^node:_http_client$/.test(
    url,
  );

/**
 * Processor time of questions traced at 1 %, while the collector takes all, to that without an exporter. Sampling says
 * nothing about the log, so neither service has a line for each question.
 *
 * Two processes of one program differ by more than what is measured. So each is looked at from inside: tracing has a share
 * of its time, without an exporter too, and the time of all else is the same in both. Garbage that tracing leaves counts
 * in proportion.
 */
export async function exporterCpu(samples: number): Promise<number> {
  const close: (() => Promise<void>)[] = [];
  try {
    const llm = await startStandinProcess('llm');
    close.push(llm.close);
    const collector = await startStandinProcess('otlp');
    close.push(collector.close);
    const headers = await jsonHeaders();
    const tracingShare = async (env: Readonly<Record<string, string>>) => {
      const port = await freePort();
      const service = await startBenchService({
        LLM_BASE_URL: llm.url,
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: `--inspect=127.0.0.1:${port} --inspect-publish-uid=http`,
        ...env,
      });
      const { ask, close: closeClient } = clientOf(service.url, headers);
      try {
        await askMany(ask, Math.min(warmUp, samples));
        return await shareOfTime(port, isTelemetry, async () => {
          await askMany(ask, samples);
          // What is not a whole batch leaves then.
          await sleep(batches.scheduledDelayMillis + 200);
        });
      } finally {
        await closeClient();
        await service.close();
      }
    };
    const plain = await tracingShare({});
    const exporting = await tracingShare({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    });
    return (1 - plain) / (1 - exporting);
  } finally {
    for (const end of close.reverse()) await end();
  }
}

async function askMany(ask: () => Promise<number>, questions: number): Promise<void> {
  for (let asked = 0; asked < questions; asked += atOnce) await Promise.all(Array.from({ length: atOnce }, ask));
}
