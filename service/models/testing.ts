import { Registry } from 'prom-client';
import { metrics as declared } from '../contract/metrics.ts';
import { CircuitBreaker, type CircuitBreakerOptions } from '../resilience/circuit-breaker.ts';
import { Hold } from '../resilience/hold.ts';
import { createHandles, type Metrics } from '../telemetry/metrics.ts';
import type { GenerateRequest, Generation, LanguageModel } from '../upstreams/language-model.ts';
import { UpstreamError, type UpstreamErrorDetails, type UpstreamFault } from '../resilience/upstream-error.ts';
import { ModelGate } from './model-gate.ts';

/** What a fake model does with one call. */
export type Behaviour = (request: GenerateRequest, name: string) => Promise<Generation>;

/** A model that does what a test says, and keeps what it was asked. */
export interface FakeModel extends LanguageModel {
  readonly requests: readonly GenerateRequest[];
}

/** 100 tokens in and 10 out, which cost 0.07 US dollars at a {@link fakeModel}. */
export const usage = { inputTokens: 100, outputTokens: 10 };

/** Each call does the next thing; the last goes on for ever. A token costs 0.0005 US dollars in, and 0.002 out. */
export function fakeModel(name: string, ...behaviours: readonly [...Behaviour[], Behaviour]): FakeModel {
  const requests: GenerateRequest[] = [];
  return {
    name,
    requests,
    price: { input: 0.5, output: 2 },
    contextTokens: 8192,
    maxOutputTokens: 1024,
    sizeOf: () => ({ estimated: 50, atMost: 500 }),
    countTokens: (text) => text.length,
    generate: async (request) => {
      requests.push(request);
      const behaviour = behaviours[Math.min(requests.length, behaviours.length) - 1];
      if (!behaviour) throw new Error(`${name} was not told what to do`);
      return behaviour(request, name);
    },
  };
}

/** Writes a text in one piece, and ends. */
export function writes(text: string, more: Partial<Generation> = {}): Behaviour {
  return async ({ onText }) => {
    onText?.(text);
    return { text, used: [], ...usage, finish: 'stop', ...more };
  };
}

/** Fails, after it wrote a text if that is given. */
export function fails(
  fault: UpstreamFault,
  details: UpstreamErrorDetails & { readonly after?: string } = {},
): Behaviour {
  return async ({ onText }, name) => {
    if (details.after !== undefined) onText?.(details.after);
    throw new UpstreamError(name, fault, `failed with ${fault}`, details);
  };
}

/** Never ends, and does not heed its signal; writes a text first if that is given. */
export function hangs(text?: string): Behaviour {
  return ({ onText }) => {
    if (text !== undefined) onText?.(text);
    return new Promise(() => undefined);
  };
}

/** Waits, then behaves. */
export function after(milliseconds: number, behaviour: Behaviour): Behaviour {
  return async (request, name) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return behaviour(request, name);
  };
}

/** A gate whose breaker opens at 50 % of 5 calls, waits 60 s and closes after 5 successes; slow is 15 s. */
export function gateOf(model: LanguageModel, options: Partial<CircuitBreakerOptions> = {}): ModelGate {
  const breaker = new CircuitBreaker(
    {
      name: model.name,
      failureThreshold: 0.5,
      successThreshold: 5,
      timeoutMs: 60_000,
      halfOpenRequests: 3,
      enabled: true,
      ...options,
    },
    () => undefined,
  );
  return new ModelGate(model, breaker, new Hold(), 15_000);
}

/** Opens a model's breaker. */
export function open(gate: ModelGate): void {
  for (let failures = 0; failures < 5; failures += 1) gate.breaker.tryAcquire()?.failure();
}

/** Metrics, and what they say. */
export interface TestMetrics {
  readonly metrics: Metrics;
  /** The value of one series; the sum of those that have the given labels; 0 when there is none. */
  readonly valueOf: (name: string, labels?: Readonly<Record<string, string>>) => Promise<number>;
}

/** Metrics in a registry of their own. */
export function testMetrics(models: readonly string[] = [], variants: readonly string[] = ['default']): TestMetrics {
  const registry = new Registry();
  const names = { models, variants, dependencies: [], breakers: [] };
  return {
    metrics: { registry, ...createHandles(declared, names, registry) },
    valueOf: async (name, labels = {}) => {
      const metric = registry.getSingleMetric(name);
      if (!metric) throw new Error(`there is no metric ${name}`);
      const { values } = await metric.get();
      return values
        .filter((series) => Object.entries(labels).every(([label, value]) => String(series.labels[label]) === value))
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}
