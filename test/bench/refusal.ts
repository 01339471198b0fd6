import { sendOpenLoop } from '../load/open-loop.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { jsonHeaders } from './bench-app.ts';
import { percentile } from '../load/percentile.ts';
import { startBenchService } from './bench-service.ts';

/** 20 questions a second, so that ten times as many are no load for the machine. */
const capacity = { slots: 2, serviceMs: 100 };
const overload = 200;

/**
 * Milliseconds, p99, from a question to its refusal by admission as the client sees it, at ten times the capacity. The
 * service is a process of its own, with as many places as the model has.
 */
export async function refusal(samples: number): Promise<number> {
  const llm = await startLlmStandin({ capacity });
  const service = await startBenchService({
    LLM_BASE_URL: llm.url,
    ADMISSION_MAX_CONCURRENCY: '4',
    ADMISSION_QUEUE_SIZE: '2',
  });
  try {
    const load = {
      url: service.url,
      path: '/query',
      perSecond: overload,
      headers: await jsonHeaders(),
      patienceSeconds: 10,
    };
    await sendOpenLoop({ ...load, seconds: 3, bodyOf: (number) => ({ question: `warm-up ${number}` }) });
    const seconds = samples / overload;
    const replies = await sendOpenLoop({ ...load, seconds, bodyOf: (number) => ({ question: `question ${number}` }) });
    const refused = replies.filter(({ status }) => status === 429);
    if (refused.length < replies.length / 2) throw new Error('most questions of an overload are to be refused');
    return percentile(
      refused.map(({ milliseconds }) => milliseconds),
      0.99,
    );
  } finally {
    await service.close();
    await llm.close();
  }
}
