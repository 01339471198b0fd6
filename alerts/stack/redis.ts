import { inSteps } from '../in-steps.ts';
import type { Promql } from '../promql/promql.ts';
import type { AlertDraft, RuleGroup } from '../rule.ts';

/** Alerts on Redis: the shared cache, and the ledger of what tenants spend. Answers go on without it. */
export function redisGroups(promql: Promql): RuleGroup<AlertDraft>[] {
  const rules = [down(promql), nearLimit(promql), evicting(promql), writesRefused(promql), notSaving(promql)];
  return [{ name: 'redis', target: 'redis', rules }];
}

/** The exporter beside it goes on when Redis itself does not answer, so that the target counts as up. */
function down({ select }: Promql): AlertDraft {
  const description = 'For 2 minutes Redis has not answered the exporter beside it.';
  return {
    alert: 'RedisDown',
    severity: 'warning',
    expr: `max(${select('redis_up')}) == 0`,
    for: '2m',
    summary: 'Redis does not answer.',
    description,
    dashboard: 'dependencies',
    scenarios: {
      fires: [{ every: '30s', series: { redis_up: '1 1 0x20' }, holdsFrom: '60s', alerts: [{ description }] }],
      quiet: [{ because: 'it answers', every: '30s', series: { redis_up: '1x20' }, at: '5m' }],
    },
  };
}

function nearLimit({ select }: Promql): AlertDraft {
  const used = (bytes: number, limit: number) => ({
    redis_memory_used_bytes: `${bytes}x30`,
    redis_memory_max_bytes: `${limit}x30`,
  });
  return {
    alert: 'RedisMemoryNearLimit',
    severity: 'warning',
    expr: `max(${select('redis_memory_used_bytes')} / (${select('redis_memory_max_bytes')} > 0)) > 0.9`,
    for: '15m',
    summary: 'The memory of Redis is nearly full.',
    description: 'Redis has used {{ $value | humanizePercentage }} of maxmemory for 15 minutes.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: used(920, 1000),
          holdsFrom: '0m',
          alerts: [{ description: 'Redis has used 92% of maxmemory for 15 minutes.' }],
        },
      ],
      quiet: [
        { because: '90 % may be used', series: used(900, 1000), at: '20m' },
        { because: 'it has no limit', series: used(920, 0), at: '20m' },
      ],
    },
  };
}

/** A cache that is full drops what nobody asked for lately; so many keys a second are answers that would have been found. */
function evicting({ rate }: Promql): AlertDraft {
  return {
    alert: 'RedisEvictingKeys',
    severity: 'warning',
    expr: `sum(${rate('redis_evicted_keys_total', '10m')}) > 1`,
    for: '15m',
    summary: 'Redis drops many keys before they expire, for want of memory.',
    description: 'Redis drops {{ $value | humanize }} keys a second before they expire.',
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        {
          series: { redis_evicted_keys_total: inSteps(9000, 1080, 9) },
          holdsFrom: '9m',
          alerts: [{ description: 'Redis drops 2 keys a second before they expire.' }],
        },
      ],
      quiet: [
        { because: 'one a second may go', series: { redis_evicted_keys_total: inSteps(9000, 540, 9) }, at: '24m' },
      ],
    },
  };
}

/** Only keys that expire are evicted: with none left, or with a disk that takes nothing, Redis refuses to write. */
function writesRefused({ increase }: Promql): AlertDraft {
  const refused = (err: string) => ({ [`redis_errors_total{err="${err}"}`]: inSteps(10, 4, 4) });
  const fires = (err: string) =>
    ({ series: refused(err), holdsFrom: '4m', alerts: [{ description: description('5') }] }) as const;
  return {
    alert: 'RedisWritesRefused',
    severity: 'warning',
    expr: `sum(${increase('redis_errors_total', '5m', { err: ['OOM', 'MISCONF'] })}) > 0`,
    for: '5m',
    summary: 'Redis refuses to write.',
    description: description('{{ $value | humanize }}'),
    dashboard: 'dependencies',
    scenarios: {
      fires: [fires('OOM'), fires('MISCONF')],
      quiet: [
        { because: 'none is refused', series: { 'redis_errors_total{err="OOM"}': '10x20' }, at: '9m' },
        { because: 'it was another error', series: refused('WRONGTYPE'), at: '9m' },
      ],
    },
  };

  function description(count: string): string {
    return `Redis has refused ${count} writes in the last 5 minutes.`;
  }
}

function notSaving({ select }: Promql): AlertDraft {
  const description = 'For 5 minutes Redis has failed to write or to rewrite its append-only file.';
  const status = (write: string, rewrite: string) => ({
    redis_aof_last_write_status: write,
    redis_aof_last_bgrewrite_status: rewrite,
  });
  const alerts = [{ description }] as const;
  return {
    alert: 'RedisPersistenceFailing',
    severity: 'warning',
    expr:
      `min(${select('redis_aof_last_write_status')}) == 0 ` +
      `or min(${select('redis_aof_last_bgrewrite_status')}) == 0`,
    for: '5m',
    summary: 'Redis cannot write its file.',
    description,
    dashboard: 'dependencies',
    scenarios: {
      fires: [
        { series: status('1 0x20', '1x20'), holdsFrom: '1m', alerts },
        { series: status('1x20', '1 0x20'), holdsFrom: '1m', alerts },
      ],
      quiet: [{ because: 'both succeed', series: status('1x20', '1x20'), at: '10m' }],
    },
  };
}
