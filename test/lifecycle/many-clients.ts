import { expect, onTestFinished } from 'vitest';
import { until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import type { ClientPlan } from './kept-connections.ts';
import { stopUnderLoad } from './loaded-shutdown.ts';
import { RunningService } from '../running-service.ts';

/**
 * Stops a service with the default drain under many clients, and expects that all of them are answered.
 *
 * Ten times `many` clients have plain questions; of them `many` ask for 2 s, and as many for far longer than the drain. As
 * many besides have streams, half of them longer than the drain.
 *
 * @param phase from 0: the signal comes later by as many questions, so that it meets the clients elsewhere each time.
 * @returns milliseconds from the signal to the end of the process.
 */
export async function expectAllAnswered(many: number, phase: number): Promise<number> {
  const half = many / 2;
  const clients = [
    ...ask(8 * many, { input: 'quick', mode: 'fast' }).map((plan, index) => ({ ...plan, pauseMs: (index % 5) * 50 })),
    ...ask(many, { input: 'two seconds', mode: 'balanced' }),
    ...ask(many, { input: 'half a minute', mode: 'creative' }),
    ...ask(half, { input: 'short', mode: 'fast', stream: true }),
    ...ask(half, { input: 'long', mode: 'fast', stream: true }),
  ];
  const llm = await startLlmStandin({
    pieceDelayMs: 200,
    reply: ({ messages }) => words(JSON.stringify(messages).includes('long') ? 600 : 5),
  });
  onTestFinished(llm.close);
  const service = await RunningService.start({ LLM_BASE_URL: llm.url, ADMISSION_MAX_CONCURRENCY: '1000' });
  await llm.setFault({ kind: 'slow', ms: 200 }, { only: 'llama' });
  await llm.setFault({ kind: 'slow', ms: 2_000 }, { only: 'mistral' });
  await llm.setFault({ kind: 'slow', ms: 30_000 }, { only: 'qwen' });
  const { outcomes, failures, exit, goneMs } = await stopUnderLoad(service, clients, 4_000, () =>
    until('the models are busy', () => llm.requestsTo('/v1/chat/completions') >= clients.length + phase * 23),
  );
  /** How the first request of each client with this question ended. */
  const first = (input: string) =>
    clients.flatMap(({ body }, index) => {
      if (body['input'] !== input) return [];
      const { status, event } = outcomes.find(({ client }) => client === index) ?? {};
      return [status, event].filter((said) => said !== undefined).join(' ');
    });
  expect(failures).toEqual([]);
  expect(first('two seconds')).toEqual(Array(many).fill('200'));
  expect(first('half a minute')).toEqual(Array(many).fill('503'));
  expect(first('long')).toEqual(Array(half).fill('200 error'));
  expect(exit.code).toBe(0);
  return goneMs;
}

const ask = (count: number, body: ClientPlan['body']): ClientPlan[] =>
  Array.from({ length: count }, () => ({ body, pauseMs: 0 }));

const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
