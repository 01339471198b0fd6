import { attemptWithin } from '../resilience/attempt.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { UpstreamError, type UpstreamFault } from '../resilience/upstream-error.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Generation, Prompt } from '../upstreams/language-model.ts';
import type { Candidate } from './catalogue.ts';
import type { ModelPermit } from './model-gate.ts';
import { inModelSpan, noteFinish, noteUsed } from './model-span.ts';
import type { UsageRecorder } from './usage-recorder.ts';

/** One call to a model, and for whom it is made. */
export interface ModelCallRequest {
  readonly candidate: Candidate;
  readonly permit: ModelPermit;
  readonly prompt: Omit<Prompt, 'mode'>;
  readonly tenant: string;
  readonly variant: string;
  /** Of the step that the call is part of. */
  readonly trace: Trace;
  readonly signal: AbortSignal;
  /** Milliseconds that those who wait have left. */
  readonly remainingMs: () => number;
  /** Milliseconds to the first content, at most. */
  readonly firstContentMs: number;
  /** Whether all who wait lowered their time, so that running out of it says nothing about the model. */
  readonly shortened: boolean;
  readonly onText: (text: string) => void;
  /** Is given the cost of the call in US dollars, and its tokens, also when it fails. */
  readonly onUsed: (inputTokens: number, outputTokens: number, costUsd: number) => void;
}

/** Failures after which the prompt may well have been read, so that it is paid. */
const read: ReadonlySet<UpstreamFault> = new Set(['timeout', 'cut', 'malformed']);

/** Makes one call; tells the breaker how it went, and counts what it used even when it was cut or left. */
export function callModel(request: ModelCallRequest, recorder: UsageRecorder): Promise<Generation> {
  return inModelSpan(request.trace, request.candidate, (trace) => call(request, recorder, trace));
}

async function call(request: ModelCallRequest, recorder: UsageRecorder, trace: Trace): Promise<Generation> {
  const { candidate, permit, tenant, variant, signal, firstContentMs } = request;
  const { model } = candidate.gate;
  const prompt: Prompt = { ...request.prompt, mode: candidate.mode };
  const begin = performance.now();
  let firstContentAt: number | undefined;
  let written = '';
  const silent = () =>
    new UpstreamError(model.name, 'timeout', `no content within ${(firstContentMs / 1000).toFixed(1)} s`);
  const use = (inputTokens: number, outputTokens: number) => {
    const costUsd = recorder.used(tenant, variant, { inputTokens, outputTokens });
    noteUsed(trace, { inputTokens, outputTokens, costUsd });
    request.onUsed(inputTokens, outputTokens, costUsd);
  };
  const ended = (outcome: 'success' | 'failure') =>
    recorder.ended(candidate.mode, outcome, (performance.now() - begin) / 1000, trace);

  try {
    const generation = await attemptWithin(signal, firstContentMs, silent, (attempt, arrived) =>
      model.generate({
        ...prompt,
        signal: attempt,
        trace,
        onText: (text) => {
          if (attempt.aborted) return;
          firstContentAt ??= performance.now();
          arrived();
          written += text;
          request.onText(text);
        },
      }),
    );
    permit.succeeded((firstContentAt ?? performance.now()) - begin);
    ended('success');
    use(generation.inputTokens, generation.outputTokens);
    noteFinish(trace, generation.finish);
    return generation;
  } catch (error) {
    noteFinish(trace, 'error');
    // Nobody waits any more: because their time was over, which the model had in full, or because they left.
    const outOfTime = signal.aborted && request.remainingMs() <= 0;
    permit.failed(outOfTime ? new DeadlineError(performance.now() - begin) : error, request.shortened);
    // Who left says nothing about the model.
    if (!signal.aborted || outOfTime) ended('failure');
    const paid = written !== '' || signal.aborted || (error instanceof UpstreamError && read.has(error.fault));
    if (paid) use(sizeOf(request), model.countTokens(written));
    throw error;
  }
}

/** Tokens of a prompt whose usage nobody reported; none when it was too long to send. */
function sizeOf({ candidate, prompt }: ModelCallRequest): number {
  try {
    return candidate.gate.model.sizeOf({ ...prompt, mode: candidate.mode }).estimated;
  } catch {
    return 0;
  }
}
