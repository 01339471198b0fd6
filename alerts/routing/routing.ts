import { slos } from '../../service/contract/slos.ts';
import type { Duration } from '../promql/duration.ts';
import { rootCauses } from './root-causes.ts';
import type { Severity } from '../rule.ts';
import { serviceCauses } from './service-causes.ts';
import { burnAlertName } from '../slo/alerts.ts';

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
  /** The alert that always fires, and how often it is sent on. */
  readonly watchdog: Watchdog;
  readonly inhibitions: readonly Inhibition[];
}

/**
 * A dead man's switch: an alert that fires as long as Prometheus and Alertmanager work. A service outside of the cluster is told
 * again and again, and calls somebody once it is told no more; it pages nobody by itself.
 */
export interface Watchdog {
  readonly alert: string;
  /** Time between two messages. */
  readonly groupInterval: Duration;
  /**
   * A little under the time between two messages: Alertmanager counts it from the end of the last one, so that an equal time
   * would leave out every second message.
   */
  readonly repeat: Duration;
}

/** While an alert with the labels of `source` fires, those with the labels of `target` that agree in `equal` are silent. */
export interface Inhibition {
  readonly source: LabelMatches;
  readonly target: LabelMatches;
  readonly equal: readonly string[];
}

/** What labels must be: one value, or one of several. */
export type LabelMatches = Readonly<Record<string, string | readonly string[]>>;

const budgetBurns = Object.values(slos).map(burnAlertName);

/** A page is repeated in the same shift, a ticket the next day. */
export const routing: Routing = {
  groupBy: ['alertname', 'namespace', 'job'],
  groupWait: '30s',
  groupInterval: '5m',
  repeat: { critical: '4h', warning: '24h' },
  watchdog: { alert: 'Watchdog', groupInterval: '1m', repeat: '50s' },
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
    // Who is woken because a budget burns fast need not be told that it also burns slowly.
    {
      source: { alertname: budgetBurns, severity: 'critical' },
      target: { alertname: budgetBurns, severity: 'warning' },
      equal: ['namespace', 'alertname'],
    },
    ...rootCauses,
    ...serviceCauses,
  ],
};
