import type { Registry } from 'prom-client';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { linesOf, type ExpositionFormat } from './exposition-lines.ts';

/** Milliseconds of the event loop that a scrape takes at a time. */
const sliceMs = 1;

/**
 * Renders the metrics of a registry for a scrape, in slices of the event loop, so that thousands of series keep no
 * request waiting. prom-client's own `metrics()` takes the loop for 50 ms at 10,000 series, one of its metrics alone too.
 *
 * Each histogram is of one moment; two metrics, and two series of a counter or gauge, may be of slightly different ones.
 * One scrape is rendered at a time; those who ask meanwhile share the next one of their format, which begins after they
 * asked.
 */
export class Exposition {
  readonly #registry: Registry;
  readonly #next = new Map<ExpositionFormat, Promise<string>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** All metrics as text. Rejects when a metric cannot be collected. */
  render(format: ExpositionFormat): Promise<string> {
    const shared = this.#next.get(format);
    if (shared !== undefined) return shared;
    const scrape = this.#last.then(() => {
      this.#next.delete(format);
      return this.#render(format);
    });
    this.#next.set(format, scrape);
    this.#last = scrape.catch(() => undefined);
    return scrape;
  }

  async #render(format: ExpositionFormat): Promise<string> {
    const slices: string[] = [];
    let lines: string[] = [];
    let end = performance.now() + sliceMs;
    for (const { name } of this.#registry.getMetricsAsArray()) {
      const family = await this.#registry.getSingleMetric(name)?.get();
      for (const line of family ? linesOf(family, format) : []) {
        lines.push(line);
        if (performance.now() < end) continue;
        slices.push(`${lines.join('\n')}\n`);
        lines = [];
        await nextTurn();
        end = performance.now() + sliceMs;
      }
    }
    if (format === 'openmetrics') lines.push('# EOF');
    // None are left when a slice ended with the last one.
    if (lines.length > 0) slices.push(`${lines.join('\n')}\n`);
    return slices.join('');
  }
}
