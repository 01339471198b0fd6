import { setImmediate as nextTurn } from 'node:timers/promises';
import { request } from 'undici';
import { metrics as declared } from '../../service/contract/metrics.ts';
import { createHandles } from '../../service/telemetry/metrics.ts';
import { startBenchApp } from './bench-app.ts';
import { percentile } from '../load/percentile.ts';

const series = 10_000;

/** What Prometheus 3 sends when it scrapes. */
const headers = {
  accept:
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'accept-encoding': 'gzip',
};

/** Milliseconds that the event loop did not turn at a stretch, p50 of the longest of each. */
interface Blocks {
  /** A scrape of 10,000 series by HTTP. */
  readonly scrape: number;
  /** The same series as text by prom-client's own `metrics()`, without HTTP. */
  readonly library: number;
}

/** Milliseconds for which a scrape of 10,000 series keeps the event loop at most, p50 of all scrapes. */
export async function scrapeBlock(samples: number): Promise<number> {
  return (await measureBlocks(samples)).scrape;
}

/** The ratio of {@link scrapeBlock} to what prom-client's own rendering takes, turn by turn in the same process. */
export async function scrapeRatio(samples: number): Promise<number> {
  const { scrape, library } = await measureBlocks(samples);
  return scrape / library;
}

async function measureBlocks(samples: number): Promise<Blocks> {
  const app = await startBenchApp();
  try {
    const { registry } = app.services.metrics;
    const linesOf = async () => (await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line)).length;
    // The service's own metrics once more, for as many models as make up the rest.
    const copies = Object.fromEntries(Object.entries(declared).map(([name, metric]) => [`bench_${name}`, metric]));
    const models = Array.from({ length: 240 }, (_, index) => `model-${index}`);
    createHandles(copies, { models, variants: ['v1'], dependencies: [], breakers: models }, registry);
    const lines = await linesOf();
    if (lines < series) throw new Error(`${lines} series are to be scraped, not ${series} or more`);

    const scrape = async () => {
      const { statusCode, body } = await request(`${app.url}/metrics`, { headers });
      await body.dump({ limit: Infinity });
      if (statusCode !== 200) throw new Error(`expected 200, not ${statusCode}`);
    };
    const blocks: { scrape: number; library: number }[] = [];
    for (let number = -2; number < samples; number += 1) {
      const taken = { scrape: await longestBlock(scrape), library: await longestBlock(() => registry.metrics()) };
      if (number >= 0) blocks.push(taken);
    }
    const p50 = (by: keyof Blocks) =>
      percentile(
        blocks.map((block) => block[by]),
        0.5,
      );
    return { scrape: p50('scrape'), library: p50('library') };
  } finally {
    await app.close();
  }
}

/** Milliseconds of the longest time between two turns of the event loop while work runs. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  await nextTurn();
  let [longest, last] = [0, performance.now()];
  let working = true as boolean;
  const worked = work().finally(() => (working = false));
  while (working) {
    await nextTurn();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await worked;
  return longest;
}
