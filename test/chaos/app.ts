import { modelThat, seriesOf, type TestApp } from '../../service/testing.ts';
import type { GenerateRequest, LanguageModel } from '../../service/upstreams/language-model.ts';

/** A model in this process that numbers its answers, so that a stored one is told from a new one. */
export interface NumberedModel extends LanguageModel {
  /** What it was asked, in order; its health check is not among them. */
  readonly asked: readonly string[];
}

/** What {@link numberedModel} is to be. */
export interface NumberedModelOptions {
  /** What it says after the number; the question when absent. */
  readonly say?: (request: GenerateRequest) => string;
  /** Tokens of each call, which is also all that a call may take; at 0.5 and 2 dollars per 1,000. */
  readonly tokens?: { readonly input: number; readonly output: number };
}

/** Answers `#1 ...`, `#2 ...` and so on, and uses every passage that it is given. */
export function numberedModel({
  say = ({ question }) => question,
  tokens = { input: 10, output: 5 },
}: NumberedModelOptions = {}): NumberedModel {
  const asked: string[] = [];
  const model = modelThat(async (request) => {
    asked.push(request.question);
    const used = (request.passages ?? []).map((_, index) => index);
    const text = `#${asked.length} ${say(request)}`;
    return { text, used, inputTokens: tokens.input, outputTokens: tokens.output };
  });
  return { ...model, contextTokens: tokens.input, maxOutputTokens: tokens.output, asked };
}

/** Value of a series; 0 when there is none. */
export async function metricOf({ app }: TestApp, series: string): Promise<number> {
  return seriesOf((await app.inject('/metrics')).body).get(series) ?? 0;
}

/** What readiness says, with its code. */
export async function readinessOf({ app }: TestApp) {
  const response = await app.inject('/health/ready');
  return { code: response.statusCode, ...response.json<{ status: string; checks: Record<string, boolean> }>() };
}

/** State of a breaker by its metric. */
export async function breakerOf(test: TestApp, name: string): Promise<'closed' | 'open' | 'half_open'> {
  const states = ['closed', 'open', 'half_open'] as const;
  return states[await metricOf(test, `circuit_breaker_state{model="${name}"}`)] ?? 'closed';
}
