import { UnavailableError } from '../../service/pipeline/errors.ts';
import type { Question } from '../../service/pipeline/step.ts';
import { startBenchApp } from './bench-app.ts';
import { percentile } from '../load/percentile.ts';
import { Trace } from '../../service/telemetry/trace.ts';

/**
 * Milliseconds, p99, from a question to its refusal while every model's breaker is open: a plain call, which cannot be
 * answered from documents. It is all that the pipeline does, so more than what the breakers add; a difference of two
 * such times would be lost in their noise.
 */
export async function openBreaker(samples: number): Promise<number> {
  const app = await startBenchApp();
  try {
    const { services } = app;
    for (const { breaker } of services.catalogue.gates.values()) {
      for (let failure = 0; failure < 5; failure += 1) breaker.tryAcquire()?.failure();
    }
    const { signal } = new AbortController();
    const times: number[] = [];
    // The first tenth warms up.
    for (let number = -samples / 10; number < samples; number += 1) {
      const question: Question = {
        kind: 'predict',
        tenant: 'bench',
        text: `question ${number}`,
        mode: 'balanced',
        topK: 0,
        variant: 'default',
      };
      const begin = performance.now();
      const expiresAt = () => begin + 60_000;
      const error: unknown = await services
        .ask({ question, trace: Trace.none, priority: 'normal', signal, expiresAt, shortened: false })
        .catch((reason: unknown) => reason);
      const took = performance.now() - begin;
      if (!(error instanceof UnavailableError)) throw new Error('an open breaker let a question through');
      if (number >= 0) times.push(took);
    }
    return percentile(times, 0.99);
  } finally {
    await app.close();
  }
}
