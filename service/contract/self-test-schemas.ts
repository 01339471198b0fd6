import { z } from 'zod';

const place = z.object({
  hit: z.boolean().describe('An entry was found before its time'),
  expired: z.boolean().describe('After its time it was no longer fresh, and then gone'),
  regenerated: z.boolean().describe('One that was made anew under the same key was found'),
  reason: z.string().optional().describe('The first thing that was not as it should be'),
  steps: z.array(
    z.object({
      step: z.enum(['stored', 'aged', 'kept', 'removed', 'regenerated']),
      saw: z
        .enum(['fresh', 'stale', 'absent', 'other', 'held', 'away'])
        .describe('other: not what was stored; held: Redis has it, but nobody may use it; away: Redis did not answer'),
      after_ms: z.number().describe('Since the entry was stored'),
    }),
  ),
});

/** Body of `POST /self-test/cache`. */
export const cacheSelfTestResponse = z.object({
  enabled: z.boolean().describe('CACHE_ENABLED; without it nothing is tested'),
  passed: z.boolean().describe('Entries are found, expire and are made anew in every place'),
  places: z
    .record(z.string(), place)
    .describe('memory, redis where there is one, and question: as a question looks for its answer in both'),
});

/** What a self-test of the cache found in one place. */
export type PlaceFinding = z.output<typeof place>;
