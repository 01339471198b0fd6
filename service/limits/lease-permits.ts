import { hash } from 'node:crypto';
import type { SharedStore } from '../redis/shared-store.ts';
import { AtomicScript } from './atomic-script.ts';
import { windowMs } from './window-log.ts';

/** Leases are told apart by this many milliseconds; a lease counts so much longer at most. */
const resolutionMs = 100;

/**
 * KEYS: a list with `time at which they leave the window, permits` for the leases of each time: 601 entries at most.
 * ARGV: limit, permits asked for, length of the window, resolution.
 *
 * A lease that leaves later than one made now was made before the clock was set back, and is dropped.
 */
const script = new AtomicScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, asked, window, resolution = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local leaves = math.ceil(now / resolution) * resolution + window

local leased, oldest, newest = 0, leaves, 0
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local time, permits = string.match(entry, '(%d+) (%d+)')
  time = tonumber(time)
  if time <= now or time > leaves then
    redis.call('LREM', KEYS[1], 1, entry)
  else
    leased = leased + permits
    oldest = math.min(oldest, time)
    newest = time == leaves and tonumber(permits) or 0
  end
end

local granted = math.max(0, math.min(asked, limit - leased))
if granted > 0 then
  if newest > 0 then redis.call('RPOP', KEYS[1]) end
  redis.call('RPUSH', KEYS[1], string.format('%.0f %.0f', leaves, newest + granted))
  redis.call('PEXPIRE', KEYS[1], window + resolution)
end
return { granted, oldest - now }
`);

/** What Redis grants. */
export interface Grant {
  /** At most what was asked for; less when the limit is reached. */
  readonly permits: number;
  /** Milliseconds until permits come free: the oldest lease leaves the window. */
  readonly waitMs: number;
}

/**
 * Leases permits of a key for 60 s: as many as are asked for, as long as those leased in the last 60 s are at most the
 * limit.
 *
 * @throws as the store does.
 */
export async function leasePermits(store: SharedStore, key: string, limit: number, asked: number): Promise<Grant> {
  // A hash has a fixed length, and shows nobody's name.
  const name = `ballast:rate:${hash('sha256', key, 'base64url')}`;
  const reply = await store.run((redis) => script.run(redis, [name], [limit, asked, windowMs, resolutionMs]));
  const [permits, waitMs] = reply as [number, number];
  return { permits, waitMs };
}
