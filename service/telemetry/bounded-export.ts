import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ExportReport } from './export-report.ts';

/** Spans or log records held at once, in the queue and on their way. */
export const mostHeld = 2048;

/** An export that has not ended by then has failed, in milliseconds. The exporter's own limits end most of them earlier. */
const giveUpMs = 10_000;

/** What exporters of both signals are. */
interface Exporter<T> {
  export(items: T[], done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** An exporter behind which no more than 2,048 items are held, that always ends, and that says how it goes. */
export class BoundedExport<T> implements Exporter<T> {
  readonly #exporter: Exporter<T>;
  #held = 0;
  /** Is told of what happens; may be set later than the first item comes. */
  report: ExportReport | undefined;

  constructor(exporter: Exporter<T>, report?: ExportReport) {
    this.#exporter = exporter;
    this.report = report;
  }

  /** Makes room for one item that will be exported. `false` when there is none: it is to be dropped. */
  admit(): boolean {
    if (this.#held >= mostHeld) {
      this.report?.dropped();
      return false;
    }
    this.#held += 1;
    return true;
  }

  /**
   * Sends items that were admitted. What comes back is a success, whatever it was: nobody can do more about a failure, and
   * the batch processor for spans would run a second export beside the next.
   */
  export(items: T[], done: (result: ExportResult) => void): void {
    let ended = false;
    const end = (result: ExportResult) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      this.#held -= items.length;
      if (result.code === ExportResultCode.SUCCESS) this.report?.sent();
      else this.report?.failed(result.error);
      done({ code: ExportResultCode.SUCCESS });
    };
    const fail = (error: Error) => end({ code: ExportResultCode.FAILED, error });
    const timer = setTimeout(() => fail(new Error(`no answer within ${giveUpMs / 1000} s`)), giveUpMs).unref();
    try {
      this.#exporter.export(items, end);
    } catch (error) {
      fail(error as Error);
    }
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
