import { healthAnswer } from './health-answer.ts';
import { lateDeadline } from './late-deadline.ts';
import { leftClient } from './left-client.ts';
import { openBreaker } from './open-breaker.ts';
import { percentile } from '../load/percentile.ts';
import { programTime } from './program-time.ts';
import { refusal } from './refusal.ts';
import { exporterCpu } from './exporter-cpu.ts';
import { latencyWithCollector } from './exporter-latency.ts';
import { scrapeBlock, scrapeRatio } from './scrape.ts';

/** One thing that is measured. */
interface Measured {
  /** What is measured, with the unit. */
  readonly work: string;
  readonly op: '>=' | '<=';
  readonly target: number;
  /** Samples of one run, and of a quick one. */
  readonly samples: number;
  readonly quickSamples: number;
  readonly measure: (samples: number) => Promise<number>;
}

/** A line of `dist/bench/results.json`. */
export interface BenchRow {
  readonly work: string;
  readonly op: '>=' | '<=';
  readonly target: number;
  /** Median of the runs. */
  readonly measured: number;
  /** Each run's value. */
  readonly runs: readonly number[];
}

const measured: readonly Measured[] = [
  {
    work: 'refusal by open breakers, p99, ms',
    op: '<=',
    target: 1,
    samples: 5_000,
    quickSamples: 100,
    measure: openBreaker,
  },
  {
    work: 'lateness of a deadline error, max, ms',
    op: '<=',
    target: 50,
    samples: 200,
    quickSamples: 20,
    measure: lateDeadline,
  },
  {
    work: 'refusal by admission at 10x overload, p99, ms',
    op: '<=',
    target: 10,
    samples: 1_000,
    quickSamples: 100,
    measure: refusal,
  },
  {
    work: 'model call ended after its client left, max, ms',
    op: '<=',
    target: 100,
    samples: 50,
    quickSamples: 3,
    measure: leftClient,
  },
  {
    work: 'program for prod under mocks, to its libraries alone, ratio',
    op: '<=',
    target: 1.5,
    samples: 3,
    quickSamples: 1,
    measure: programTime,
  },
  {
    work: 'longest block of the event loop by a scrape of 10,000 series, p50, ms',
    op: '<=',
    target: 10,
    samples: 50,
    quickSamples: 2,
    measure: scrapeBlock,
  },
  {
    work: "longest block of the event loop by a scrape of 10,000 series, to prom-client's own rendering, ratio",
    op: '<=',
    target: 0.5,
    samples: 50,
    quickSamples: 2,
    measure: scrapeRatio,
  },
  ...['/health/ready', '/health/deep', '/health/llm'].map((path) => ({
    work: `${path}, p50, ms`,
    op: '<=' as const,
    target: 1,
    samples: 2_000,
    quickSamples: 100,
    measure: healthAnswer(path),
  })),
  {
    work: 'question while the collector refuses, p50, to no exporter, ratio',
    op: '<=',
    target: 1.05,
    samples: 1_000,
    quickSamples: 10,
    measure: latencyWithCollector({ kind: 'refuse' }),
  },
  {
    work: 'question while the collector hangs, p50, to no exporter, ratio',
    op: '<=',
    target: 1.05,
    samples: 1_000,
    quickSamples: 10,
    measure: latencyWithCollector({ kind: 'hang' }),
  },
  {
    work: 'question while the collector answers 500, p50, to no exporter, ratio',
    op: '<=',
    target: 1.05,
    samples: 1_000,
    quickSamples: 10,
    measure: latencyWithCollector({ kind: 'status', status: 500 }),
  },
  {
    work: 'processor time of questions traced at 1 %, to no exporter, ratio',
    op: '<=',
    target: 1.03,
    samples: 10_000,
    quickSamples: 8,
    measure: exporterCpu,
  },
];

/** How the benchmark is run. */
export interface BenchOptions {
  /** Runs of each row. */
  readonly runs: number;
  /** Few samples: whether everything works, not how fast it is. */
  readonly quick: boolean;
  /** Is given each line of progress. */
  readonly print: (line: string) => void;
}

/** Measures every row, one after the other. */
export async function runBench({ runs, quick, print }: BenchOptions): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { work, op, target, samples, quickSamples, measure } of measured) {
    const values: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const value = await measure(quick ? quickSamples : samples);
      values.push(value);
      print(`${rows.length + 1}/${measured.length} ${work}, run ${run} of ${runs}: ${value.toFixed(3)}`);
    }
    rows.push({ work, op, target, measured: percentile(values, 0.5), runs: values });
  }
  return rows;
}

/** Whether a row is as good as it is to be. */
export function meets({ op, target, measured: value }: BenchRow): boolean {
  return op === '<=' ? value <= target : value >= target;
}
