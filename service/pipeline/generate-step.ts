import { modes, type Mode } from '../contract/metrics.ts';
import type { Citation } from '../contract/schemas.ts';
import type { CostLedger } from '../telemetry/costs.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { costOf, type LanguageModel } from '../upstreams/language-model.ts';
import type { Passage } from '../upstreams/retriever.ts';
import type { Step } from './step.ts';

/** The only variant until prompt and model variants are configured. */
export const defaultVariant = 'default';

/** Characters of a passage that a citation shows at most. */
const maxSnippetLength = 300;

/** Lets the model answer from the passages, and counts tokens and cost. */
export function generateStep(model: LanguageModel, ledger: CostLedger, metrics: Metrics): Step {
  const { name } = model;
  const variant = defaultVariant;
  const byMode = (outcome: 'success' | 'failure') =>
    new Map<Mode, { inc(): void }>(
      modes.map((mode) => [mode, metrics.llm_requests_total.labels({ model: name, mode, outcome })]),
    );
  const successes = byMode('success');
  const failures = byMode('failure');
  const failed = metrics.llm_request_failures_total.labels({ model: name });
  const duration = metrics.llm_request_duration_seconds.labels({ model: name });
  const input = metrics.llm_tokens_total.labels({ model: name, type: 'input', variant });
  const output = metrics.llm_tokens_total.labels({ model: name, type: 'output', variant });
  const cost = metrics.llm_cost_usd_total.labels({ model: name, variant });

  return async ({ tenant, request, passages, signal }) => {
    const { question, mode } = request;
    const end = duration.startTimer();
    try {
      const generation = await model.generate({ question, passages, mode, signal });
      const costUsd = costOf(model, generation);
      successes.get(mode)?.inc();
      input.inc(generation.inputTokens);
      output.inc(generation.outputTokens);
      cost.inc(costUsd);
      ledger.record({
        tenant,
        model: name,
        variant,
        inputTokens: generation.inputTokens,
        outputTokens: generation.outputTokens,
        costUsd,
      });
      return {
        answer: generation.text,
        citations: generation.used.flatMap((index) => passages.slice(index, index + 1)).map(cite),
        cached: false,
        model: name,
        variant,
        degradation: 'full',
        tokens: { input: generation.inputTokens, output: generation.outputTokens },
        cost_usd: costUsd,
      };
    } catch (error) {
      failures.get(mode)?.inc();
      failed.inc();
      throw error;
    } finally {
      end();
    }
  };
}

function cite({ id, title, score, text }: Passage): Citation {
  if (text.length <= maxSnippetLength) return { id, title, score, snippet: text };
  // Without half of a surrogate pair at its end.
  const start = text.slice(0, maxSnippetLength).replace(/[\ud800-\udbff]$/, '');
  return { id, title, score, snippet: `${start}…` };
}
