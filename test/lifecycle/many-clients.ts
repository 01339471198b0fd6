import { onTestFinished } from 'vitest';
import { until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import type { ClientPlan } from './kept-connections.ts';
import { stopUnderLoad, type LoadedShutdown } from './loaded-shutdown.ts';
import { RunningService } from '../running-service.ts';

const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');

/** 200 clients with plain questions, 20 of which take 2 s and 20 far longer than the drain; and 20 streams, half of them longer than the drain. */
const clients: readonly ClientPlan[] = [
  ...Array.from({ length: 160 }, (_, index) => ({
    body: { input: 'quick', mode: 'fast' },
    pauseMs: (index % 5) * 50,
  })),
  ...Array.from({ length: 20 }, () => ({ body: { input: 'two seconds', mode: 'balanced' }, pauseMs: 0 })),
  ...Array.from({ length: 20 }, () => ({ body: { input: 'half a minute', mode: 'creative' }, pauseMs: 0 })),
  ...Array.from({ length: 10 }, () => ({ body: { input: 'short', mode: 'fast', stream: true }, pauseMs: 0 })),
  ...Array.from({ length: 10 }, () => ({ body: { input: 'long', mode: 'fast', stream: true }, pauseMs: 0 })),
];

/** What is to be known of such an end. */
export interface ManyClients extends LoadedShutdown {
  /** Of the clients that asked for half a minute and of the long streams: how their one request ended. */
  readonly cut: readonly string[];
  /** Of the clients that asked for two seconds: how the first one ended. */
  readonly slow: readonly string[];
}

/**
 * Stops a service with the default drain under those clients.
 *
 * @param phase from 0: the signal comes later by as many questions, so that it meets the clients elsewhere each time.
 */
export async function stopUnderManyClients(phase: number): Promise<ManyClients> {
  const llm = await startLlmStandin({
    pieceDelayMs: 200,
    reply: ({ messages }) => words(JSON.stringify(messages).includes('long') ? 600 : 5),
  });
  onTestFinished(llm.close);
  const service = await RunningService.start({ LLM_BASE_URL: llm.url, ADMISSION_MAX_CONCURRENCY: '1000' });
  await llm.setFault({ kind: 'slow', ms: 200 }, { only: 'llama' });
  await llm.setFault({ kind: 'slow', ms: 2_000 }, { only: 'mistral' });
  await llm.setFault({ kind: 'slow', ms: 30_000 }, { only: 'qwen' });
  const end = await stopUnderLoad(service, clients, 4_000, () =>
    until('the models are busy', () => llm.requestsTo('/v1/chat/completions') >= clients.length + phase * 23),
  );
  const first = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const { status, event } = end.outcomes.find(({ client }) => client === from + index) ?? {};
      return [status, event].filter((said) => said !== undefined).join(' ');
    });
  return { ...end, slow: first(160, 180), cut: [...first(180, 200), ...first(210, 220)] };
}
