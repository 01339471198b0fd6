import { request } from 'undici';
import { startLlmStandin } from '../standins/llm.ts';
import { jsonHeaders, startBenchApp } from './bench-app.ts';

const atOnce = 20;

/** Milliseconds that the latest of some 504s came after its deadline, of 0.2 to 0.5 s, while the models are silent. */
export async function lateDeadline(samples: number): Promise<number> {
  const llm = await startLlmStandin();
  const app = await startBenchApp({ LLM_BASE_URL: llm.url });
  try {
    await llm.setFault({ kind: 'hang' });
    const headers = await jsonHeaders();
    let latest = 0;
    // The first ones warm up.
    for (let asked = -atOnce; asked < samples; asked += atOnce) {
      const batch = Array.from({ length: Math.min(atOnce, samples - asked) }, async (_, index) => {
        const timeoutMs = 200 + (300 * index) / (atOnce - 1);
        const begin = performance.now();
        const answer = await request(`${app.url}/v1/predict`, {
          method: 'POST',
          headers: { ...headers, 'request-timeout-secs': (timeoutMs / 1000).toFixed(3) },
          // In this mode no other model takes over, so that the deadline is what ends the question.
          body: JSON.stringify({ input: `question ${asked + index}`, mode: 'fast' }),
        });
        await answer.body.dump();
        if (answer.statusCode !== 504) throw new Error(`expected 504, not ${answer.statusCode}`);
        if (asked >= 0) latest = Math.max(latest, performance.now() - begin - timeoutMs);
      });
      await Promise.all(batch);
    }
    return latest;
  } finally {
    await app.close();
    await llm.close();
  }
}
