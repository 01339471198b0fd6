import type { Duration } from './promql/duration.ts';
import type { Severity } from './rule.ts';

/** How alerts become messages; the same for the bundled Alertmanager and for one that an operator runs. */
export interface Routing {
  /** Alerts that agree in these labels come in one message. */
  readonly groupBy: readonly string[];
  /** Time that the first alert of a group waits for others. */
  readonly groupWait: Duration;
  /** Time until a message about new alerts of a group. */
  readonly groupInterval: Duration;
  /** Time until a message about alerts that go on. */
  readonly repeat: Readonly<Record<Severity, Duration>>;
  readonly inhibitions: readonly Inhibition[];
}

/** While an alert with the labels of `source` fires, those with the labels of `target` that agree in `equal` are silent. */
export interface Inhibition {
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  readonly equal: readonly string[];
}

/** A page is repeated in the same shift, a ticket the next day. */
export const routing: Routing = {
  groupBy: ['alertname', 'namespace', 'job'],
  groupWait: '30s',
  groupInterval: '5m',
  repeat: { critical: '4h', warning: '24h' },
  inhibitions: [
    { source: { alertname: 'AllTargetsDown' }, target: { alertname: 'TargetDown' }, equal: ['namespace', 'job'] },
    // The runs that failed are why there is no good one.
    {
      source: { alertname: 'QdrantSnapshotTooOld' },
      target: { alertname: 'QdrantSnapshotFailed' },
      equal: ['namespace'],
    },
    { source: { alertname: 'RedisBackupTooOld' }, target: { alertname: 'RedisBackupFailed' }, equal: ['namespace'] },
    { source: { alertname: 'RestoreDrillOverdue' }, target: { alertname: 'RestoreDrillFailed' }, equal: ['namespace'] },
  ],
};
