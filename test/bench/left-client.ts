import { setImmediate as turn } from 'node:timers/promises';
import { request } from 'undici';
import { startLlmStandin } from '../standins/llm.ts';
import { jsonHeaders, startBenchApp } from './bench-app.ts';

const patienceMs = 5_000;

/** Milliseconds, at most, from a client's leaving to the end of the call at the model. */
export async function leftClient(samples: number): Promise<number> {
  const llm = await startLlmStandin();
  const app = await startBenchApp({ LLM_BASE_URL: llm.url });
  try {
    await llm.setFault({ kind: 'hang' });
    const headers = await jsonHeaders();
    let longest = 0;
    for (let number = 0; number < samples; number += 1) {
      const { requests: called } = llm;
      const client = new AbortController();
      const answer = request(`${app.url}/v1/predict`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ input: `question ${number}` }),
        signal: client.signal,
      });
      answer.catch(() => undefined);
      await until(() => llm.requests > called);
      const { length: ended } = llm.aborts;
      const begin = performance.now();
      client.abort();
      await until(() => llm.aborts.length > ended);
      longest = Math.max(longest, performance.now() - begin);
    }
    return longest;
  } finally {
    await app.close();
    await llm.close();
  }
}

/** Looks in every turn of the event loop, since a timer would be measured too. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('the call at the model did not begin or end within 5 s');
    await turn();
  }
}
