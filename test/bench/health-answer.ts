import { startBenchApp } from './bench-app.ts';
import { percentile } from '../load/percentile.ts';

/** Measures a health endpoint: milliseconds, p50, of an answer without the network, so what is left is what it looks at. */
export function healthAnswer(path: string): (samples: number) => Promise<number> {
  return async (samples) => {
    const app = await startBenchApp();
    try {
      const times: number[] = [];
      for (let number = -samples / 10; number < samples; number += 1) {
        const begin = performance.now();
        const { statusCode } = await app.inject(path);
        const took = performance.now() - begin;
        if (statusCode !== 200) throw new Error(`expected 200, not ${statusCode}`);
        if (number >= 0) times.push(took);
      }
      return percentile(times, 0.5);
    } finally {
      await app.close();
    }
  };
}
