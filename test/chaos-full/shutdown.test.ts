import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultModelTable } from '../../service/contract/models.ts';
import { noFallbacks } from '../chaos/set-up.ts';
import type { ClientPlan } from '../lifecycle/kept-connections.ts';
import { stopUnderLoad } from '../lifecycle/loaded-shutdown.ts';
import { expectAllAnswered } from '../lifecycle/many-clients.ts';
import { RunningService } from '../running-service.ts';
import { until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';

describe('with the default drain, ten times over', () => {
  /** Milliseconds from the signal to the end of the process, of each round. */
  const gone: number[] = [];

  test.each(Array.from({ length: 10 }, (_, round) => [round + 1, round]))(
    '200 clients and 20 streams are all answered: round %i of 10',
    async (_number, round) => {
      const goneMs = await expectAllAnswered(20, round);
      gone.push(goneMs);
      expect(goneMs).toBeLessThan(10_000);
    },
  );

  // The median: on a machine that has much else to do, one process may be late by as much as it is kept waiting. That is
  // why the bound of each round is a loose one.
  test('the process is gone in under 5 s', () => {
    console.log(`gone after, in milliseconds: ${gone.join(', ')}`);
    expect(gone.toSorted((a, b) => a - b)[4]).toBeLessThan(5_000);
  });
});

test('with a drain of 65 s nobody notices, though the models take 20 to 40 s', async () => {
  const llm = await startLlmStandin({ pieceDelayMs: 50 });
  onTestFinished(llm.close);
  // A model with another to fall back to is given a third of the time before that one is asked.
  const folder = mkdtempSync(join(tmpdir(), 'ballast-models-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const table = join(folder, 'models.json');
  writeFileSync(table, JSON.stringify({ ...defaultModelTable, ...noFallbacks }));
  const service = await RunningService.start({
    LLM_BASE_URL: llm.url,
    MODELS_FILE: table,
    ADMISSION_MAX_CONCURRENCY: '1000',
    SHUTDOWN_DRAIN_SECS: '65',
    REQUEST_TIMEOUT_SECS: '60',
  });
  const models = [
    { model: 'llama', mode: 'fast', ms: 20_000 },
    { model: 'mistral', mode: 'balanced', ms: 30_000 },
    { model: 'qwen', mode: 'creative', ms: 40_000 },
  ];
  for (const { model, ms } of models) await llm.setFault({ kind: 'slow', ms }, { only: model });
  const clients = Array.from({ length: 220 }, (_, index): ClientPlan => {
    const mode = models[index % models.length]?.mode;
    return { body: { input: 'slow', mode, stream: index >= 200 }, pauseMs: 0 };
  });
  const { outcomes, failures, exit, goneMs } = await stopUnderLoad(service, clients, 65_000, () =>
    until('the models are asked', () => llm.requestsTo('/v1/chat/completions') >= clients.length),
  );
  expect(failures).toEqual([]);
  // Every client had its answer, and the end of the drain met nobody.
  expect(new Set(outcomes.map(({ client }) => client)).size).toBe(clients.length);
  expect(outcomes.filter(({ status, event }) => status !== 200 || event === 'error')).toEqual([]);
  expect(exit.code).toBe(0);
  expect(goneMs).toBeLessThan(65_000);
});
