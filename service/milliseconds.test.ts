import { expect, it } from 'vitest';
import { milliseconds } from './milliseconds.ts';
import { buildTestApp } from './testing.ts';

it.each([
  [64.1, 64_100],
  [2.01, 2_010],
  [0.0015, 2],
  [0.0001, 1],
  [60, 60_000],
])('%d seconds are %d whole milliseconds', (seconds, expected) => {
  expect(milliseconds(seconds)).toBe(expected);
});

it('every time that the configuration allows starts the service', async () => {
  const env = {
    MEMORY_CACHE_TTL_SECS: '64.1',
    MEMORY_CACHE_CLEANUP_INTERVAL_SECS: '0.0105',
    REQUEST_TIMEOUT_SECS: '0.0505',
  };
  const { services, app } = await buildTestApp({ env });
  expect(services.cache.statistics().ttl_seconds).toBe(64.1);
  await app.ready();
});
