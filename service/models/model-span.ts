import { SpanKind } from '@opentelemetry/api';
import type { Trace } from '../telemetry/trace.ts';
import type { Generation } from '../upstreams/language-model.ts';
import type { Candidate } from './catalogue.ts';

/** Tokens that a call used, and their cost in US dollars. */
export interface Used extends Pick<Generation, 'inputTokens' | 'outputTokens'> {
  readonly costUsd: number;
}

/**
 * Makes a call to a model in a span of its own, by the conventions for generative AI.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
 */
export function inModelSpan<T>(
  trace: Trace,
  { gate, mode }: Candidate,
  work: (trace: Trace) => Promise<T>,
): Promise<T> {
  if (!trace.sampled) return work(trace);
  const { name, remote, maxOutputTokens } = gate.model;
  const model = remote?.model ?? name;
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': model,
    'gen_ai.request.max_tokens': maxOutputTokens,
    'ballast.model': name,
    'ballast.mode': mode,
    ...(remote
      ? {
          // Whatever answers behind it, the endpoint speaks OpenAI's API.
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.temperature': remote.temperatures[mode],
          'gen_ai.request.stream': true,
          'server.address': remote.address,
          'server.port': remote.port,
        }
      : { 'gen_ai.provider.name': 'ballast' }),
  };
  return trace.run(`chat ${model}`, work, { kind: remote ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes });
}

/** Says on a model's span why it stopped writing; `error` when it never said so. */
export function noteFinish(trace: Trace, reason: Generation['finish'] | 'error'): void {
  trace.note(() => ({ 'gen_ai.response.finish_reasons': [reason] }));
}

/**
 * Says on a model's span what the call used. The conventions have no name for a cost yet (pull request 443 of
 * open-telemetry/semantic-conventions-genai proposes one), and MLflow's is an object, which no attribute can be.
 */
export function noteUsed(trace: Trace, { inputTokens, outputTokens, costUsd }: Used): void {
  trace.note(() => ({
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cost': costUsd,
  }));
}
