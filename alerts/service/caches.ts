import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on the caches of answers. */
export function cacheGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  return [{ name: 'caches', target: 'api', rules: [lowCacheHitRate(promql), cacheEvictionsHigh(promql)] }];
}

/**
 * Every question is looked up in the memory first, and what that misses is asked for in the other caches. So the look-ups of
 * the memory are the questions, and the hits of all caches are those that were answered; what several of them miss is one
 * question. Where only others count, each look-up is a question.
 */
function lowCacheHitRate({ rate, increase }: Promql): AlertDraft {
  const memory = { cache: { not: ['redis', 'semantic'] } } as const;
  const questions = `sum(${rate('cache_hits_total', '10m', memory)}) + sum(${rate('cache_misses_total', '10m', memory)})`;
  const all = `sum(${rate('cache_hits_total', '10m')}) + sum(${rate('cache_misses_total', '10m')})`;
  const missed = `(sum(${increase('cache_misses_total', '10m', memory)}) or sum(${increase('cache_misses_total', '10m')}))`;
  const lookUps = (cache: string, hits: number, asked: number) => ({
    [`cache_hits_total{cache="${cache}"}`]: inSteps(1000, hits, 4),
    [`cache_misses_total{cache="${cache}"}`]: inSteps(1000, asked - hits, 4),
  });
  const found = (inMemory: number, inRedis: number, inSemantic: number, asked: number) => ({
    ...lookUps('memory', inMemory, asked),
    ...lookUps('redis', inRedis, asked - inMemory),
    ...lookUps('semantic', inSemantic, asked - inMemory - inRedis),
  });
  const every = '2m';
  return {
    alert: 'LowCacheHitRate',
    severity: 'warning',
    expr: `sum(${rate('cache_hits_total', '10m')}) / (${questions} or ${all}) < 0.7 and ${missed} > 5`,
    for: '10m',
    summary: 'Few questions are answered from a cache.',
    description:
      'The caches had an answer for {{ $value | humanizePercentage }} of the questions of the last 10 minutes; ' +
      '70 % are expected.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          every,
          series: found(20, 10, 10, 100),
          holdsFrom: '8m',
          alerts: [
            {
              description:
                'The caches had an answer for 40% of the questions of the last 10 minutes; 70 % are expected.',
            },
          ],
        },
        {
          every,
          series: lookUps('redis', 8, 16),
          holdsFrom: '8m',
          alerts: [
            {
              description:
                'The caches had an answer for 50% of the questions of the last 10 minutes; 70 % are expected.',
            },
          ],
        },
      ],
      quiet: [
        { because: '70 % are found', every, series: found(70, 0, 0, 100), at: '18m' },
        { because: 'Redis has what the memory has not', every, series: found(20, 60, 0, 100), at: '18m' },
        { because: 'only 5 were missed', every, series: lookUps('memory', 2, 6), at: '18m' },
        { because: 'the same 5 were missed by each cache', every, series: found(0, 0, 0, 4), at: '18m' },
      ],
    },
  };
}

/** Only the memory counts evictions. */
function cacheEvictionsHigh({ rate, increase }: Promql): AlertDraft {
  const made = (evicted: number, missed: number) => ({
    'cache_evictions_total{cache="memory"}': inSteps(1000, evicted, 4),
    'cache_misses_total{cache="memory"}': inSteps(1000, missed, 4),
    'cache_misses_total{cache="redis"}': inSteps(1000, missed, 4),
  });
  return {
    alert: 'CacheEvictionsHigh',
    severity: 'warning',
    expr:
      `sum(${rate('cache_evictions_total', '30m')}) / ` +
      `sum(${rate('cache_misses_total', '30m', { cache: 'memory' })}) > 0.5 ` +
      `and sum(${increase('cache_evictions_total', '30m')}) > 150`,
    for: '30m',
    summary: 'The cache in memory is too small.',
    description:
      'For {{ $value | humanizePercentage }} of the questions that the memory missed in the last 30 minutes, ' +
      'another answer had to go before its time.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          every: '6m',
          series: made(240, 300),
          holdsFrom: '24m',
          alerts: [
            {
              description:
                'For 80% of the questions that the memory missed in the last 30 minutes, ' +
                'another answer had to go before its time.',
            },
          ],
        },
      ],
      quiet: [
        { because: 'half of them may', every: '6m', series: made(200, 400), at: '54m' },
        { because: 'only 150 were evicted', every: '6m', series: made(120, 150), at: '54m' },
      ],
    },
  };
}
