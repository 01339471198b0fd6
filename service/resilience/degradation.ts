import { degradationModes, type DegradationMode } from '../contract/metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What the mode follows from. */
export interface DegradationSigns {
  /** Whether no model can be asked. */
  readonly modelsAway: () => boolean;
  /** Whether the documents cannot be searched. */
  readonly documentsAway: () => boolean;
  /** Whether questions were refused because of overload in the last seconds. */
  readonly shedding: () => boolean;
}

/** How often the mode is looked at when nothing changes it, in milliseconds. */
const intervalMs = 1_000;

/**
 * Follows what the service can still do: `shed` while it refuses questions; `retrieval_only` while every model is away;
 * `cached` while the documents cannot be searched, so that only stored answers are whole; else `full`.
 */
export class Degradation {
  readonly #signs: DegradationSigns;
  readonly #log: Logger;
  readonly #gauges;
  readonly #timer: NodeJS.Timeout;
  #mode: DegradationMode = 'full';

  constructor(signs: DegradationSigns, metrics: Pick<Metrics, 'rag_degradation_mode'>, log: Logger) {
    this.#signs = signs;
    this.#log = log;
    this.#gauges = new Map(degradationModes.map((mode) => [mode, metrics.rag_degradation_mode.labels({ mode })]));
    this.#gauges.get('full')?.set(1);
    this.#timer = setInterval(() => this.update(), intervalMs).unref();
  }

  get mode(): DegradationMode {
    return this.#mode;
  }

  /** Looks again, logs a change and sets the metric. */
  update(): void {
    const mode = this.#now();
    if (mode === this.#mode) return;
    const level = mode === 'full' ? 'info' : 'warn';
    this.#log[level]({ degradation: mode, previous: this.#mode }, `degradation mode is now ${mode}`);
    this.#gauges.get(this.#mode)?.set(0);
    this.#gauges.get(mode)?.set(1);
    this.#mode = mode;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #now(): DegradationMode {
    const { modelsAway, documentsAway, shedding } = this.#signs;
    if (shedding()) return 'shed';
    if (documentsAway()) return 'cached';
    return modelsAway() ? 'retrieval_only' : 'full';
  }
}
