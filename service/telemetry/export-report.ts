import type { TelemetrySignal } from '../contract/metrics.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { SendingLog } from './sending-log.ts';

/** Says how the sending of one signal goes: in metrics each time, in the log only when it changes. */
export class ExportReport {
  readonly #failures;
  readonly #drops;
  readonly #log: SendingLog;

  constructor(signal: TelemetrySignal, metrics: Metrics, log: Logger) {
    this.#failures = metrics.telemetry_export_failures_total.labels({ signal });
    this.#drops = metrics.telemetry_dropped_total.labels({ signal });
    const texts = {
      fails: 'telemetry cannot be exported, and is dropped',
      works: 'telemetry is exported again',
    };
    this.#log = new SendingLog(log, texts, { signal });
  }

  /** A batch was taken. */
  sent(): void {
    this.#log.works();
  }

  /** A batch was given up. */
  failed(error: Error | undefined): void {
    this.#failures.inc();
    this.#log.fails(reasonOf(error));
  }

  /** One span or log record found no room. */
  dropped(): void {
    this.#drops.inc();
  }
}

/** `500 Internal Server Error`, `connect ECONNREFUSED 127.0.0.1:4318`. What was answered beyond that is not looked at. */
function reasonOf(error: (Error & { code?: number | string }) | undefined): string {
  const { code, message = '' } = error ?? {};
  return (typeof code === 'number' ? `${code} ${message}` : message || (code ?? 'unknown')).trim();
}
