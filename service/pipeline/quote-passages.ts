import type { Citation } from '../contract/schemas.ts';
import { ExtractiveModel } from '../upstreams/embedded/extractive-model.ts';
import type { Passage } from '../upstreams/retriever.ts';
import type { Answer, WorkContext } from './step.ts';

const extractive = new ExtractiveModel();

/**
 * An answer without a model: the sentences of the passages that say most about the question. `undefined` when there is
 * nothing to quote from: a plain call, or documents that could not be searched.
 */
export async function quotePassages(
  context: WorkContext,
  cite: (passage: Passage) => Citation,
): Promise<Answer | undefined> {
  const { question, passages, documentsAway, spent, signal } = context;
  if (passages === undefined || documentsAway) return undefined;
  const { text, used } = await extractive.generate({ question: question.text, passages, mode: 'balanced', signal });
  context.text.push(text);
  return {
    answer: text,
    citations: used.flatMap((index) => passages.slice(index, index + 1)).map(cite),
    cached: false,
    model: extractive.name,
    variant: question.variant,
    degradation: 'retrieval_only',
    tokens: { input: spent.inputTokens, output: spent.outputTokens },
    cost_usd: spent.costUsd,
    complete: false,
  };
}
