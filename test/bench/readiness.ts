import { percentile, startBenchApp } from './bench-app.ts';

/** Milliseconds, p50, of a readiness check without the network: what is left is what it looks at. */
export async function readiness(samples: number): Promise<number> {
  const app = await startBenchApp();
  try {
    const times: number[] = [];
    for (let number = -samples / 10; number < samples; number += 1) {
      const begin = performance.now();
      const { statusCode } = await app.inject('/health/ready');
      const took = performance.now() - begin;
      if (statusCode !== 200) throw new Error(`expected 200, not ${statusCode}`);
      if (number >= 0) times.push(took);
    }
    return percentile(times, 0.5);
  } finally {
    await app.close();
  }
}
