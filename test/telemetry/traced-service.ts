import { onTestFinished } from 'vitest';
import { seriesOf } from '../../service/testing.ts';
import { freePort } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { startLlmStandin, type LlmStandin } from '../standins/llm.ts';
import { startOtlpStandin, type OtlpStandin } from '../standins/otlp.ts';

/** The service as a process of its own, with stand-ins for its model and for an OTLP collector; all end with the test. */
interface TracedService {
  readonly service: RunningService;
  readonly llm: LlmStandin;
  readonly collector: OtlpStandin;
  /** Asks a question that no other is like, so that the cache has no answer. */
  readonly ask: (headers?: Readonly<Record<string, string>>, mode?: 'balanced' | 'fast') => Promise<Response>;
  /** Its metrics now: each series with its value. */
  readonly metrics: () => Promise<Map<string, number>>;
}

/** @param env beside what is needed. */
export async function startTracedService(env: Readonly<Record<string, string>> = {}): Promise<TracedService> {
  const llm = await startLlmStandin();
  // A stand-in that is to refuse needs a port of its own.
  const collector = await startOtlpStandin({ port: await freePort() });
  onTestFinished(async () => {
    await Promise.all([llm.close(), collector.close()]);
  });
  const service = await RunningService.start({
    LLM_BASE_URL: llm.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  let asked = 0;
  return {
    service,
    llm,
    collector,
    ask: (headers, mode = 'balanced') =>
      service.post('/query', { question: `What is the number ${(asked += 1)} good for?`, mode }, { headers }),
    metrics: async () => seriesOf(await (await fetch(`${service.url}/metrics`)).text()),
  };
}
