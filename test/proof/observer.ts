import { setTimeout as sleep } from 'node:timers/promises';
import { isReady } from './pod.ts';
import type { ProofStack } from './proof-stack.ts';

/** How the stack was at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Copies of the API: those that serve, and all, with those that end. */
  readonly ready: number;
  readonly copies: number;
  /** By model or dependency, the worst of any copy: 0 closed, 1 open, 2 half open. */
  readonly breakers: Readonly<Record<string, number>>;
  /** Names of alerts that fire. */
  readonly alerts: readonly string[];
}

/** Time between two looks, in milliseconds. */
const periodMs = 1_000;

/** Looks at the stack until it is stopped. */
export interface Observer {
  /** @returns What was seen. */
  readonly stop: () => Promise<readonly Sample[]>;
}

/** Begins to look at a stack, once a second. What does not answer is left out of a sample. */
export function observe(stack: ProofStack): Observer {
  const samples: Sample[] = [];
  const end = new AbortController();
  const looking = (async () => {
    while (!end.signal.aborted) {
      samples.push(await sampleOf(stack));
      await sleep(periodMs, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await looking;
      return samples;
    },
  };
}

/** How a stack is now. What does not answer is left out. */
export async function sampleOf(stack: ProofStack): Promise<Sample> {
  const at = Date.now();
  const pods = await stack.pods('api');
  const serving = pods.filter(isReady);
  const texts = await Promise.all(
    serving.map((pod) =>
      stack.ofCopy(pod, '/metrics').then(
        ({ body }) => String(body),
        () => '',
      ),
    ),
  );
  return { at, ready: serving.length, copies: pods.length, breakers: worst(texts), alerts: await firing(stack) };
}

/** States of breakers in the metrics of all copies. */
function worst(texts: readonly string[]): Record<string, number> {
  const breakers: Record<string, number> = {};
  for (const text of texts) {
    for (const [, name = '', state] of text.matchAll(/^circuit_breaker_state\{[^}]*model="([^"]+)"[^}]*\} (\d)/gm)) {
      // Open is worse than half open.
      breakers[name] = worse(breakers[name], Number(state));
    }
  }
  return breakers;
}

const severity = [0, 2, 1];

const worse = (one: number | undefined, other: number): number =>
  one !== undefined && (severity[one] ?? 0) > (severity[other] ?? 0) ? one : other;

async function firing(stack: ProofStack): Promise<string[]> {
  const { alerts } = await stack
    .prometheus<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts')
    .catch(() => ({ alerts: [] }));
  const names = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
  return [...new Set(names)].sort();
}
