import { SeverityNumber, TraceFlags } from '@opentelemetry/api';
import { millisToHrTime, type InstrumentationScope } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  type LogRecordProcessor,
  type ReadableLogRecord,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs';
import type { Config } from '../contract/config.ts';
import { BoundedExport } from './bounded-export.ts';
import type { ExportReport } from './export-report.ts';
import type { LogCopy } from './logger.ts';
import { batches, exporterOptions, resourceOf, shutDown } from './otlp.ts';

/** A stream that has it is told by pino of each line what it is. */
const needsMetadata: unique symbol = Symbol.for('pino.metadata');

/** pino's levels in OTLP's numbers. @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const severities: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  20: [SeverityNumber.DEBUG, 'DEBUG'],
  30: [SeverityNumber.INFO, 'INFO'],
  40: [SeverityNumber.WARN, 'WARN'],
  50: [SeverityNumber.ERROR, 'ERROR'],
  60: [SeverityNumber.FATAL, 'FATAL'],
};

/** Without an endpoint there is none. */
export function createOtlpLogs(config: Config, version: string, instance: string): OtlpLogs | undefined {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint === undefined ? undefined : new OtlpLogs(endpoint, config, version, instance);
}

/** Sends each line of the log as it is: as the body of a log record with the line's level, time and trace ID. */
export class OtlpLogs implements LogCopy {
  readonly [needsMetadata] = true;
  /** A number of pino's. */
  lastLevel = 0;
  /** A string of JSON, quotes included. */
  lastTime = '""';
  /** What was logged beside the message. */
  lastObj: { readonly trace_id?: unknown } | null = null;
  readonly #exporter: BoundedExport<ReadableLogRecord>;
  readonly #batching: LogRecordProcessor;
  readonly #resource: Resource;
  readonly #scope: InstrumentationScope;

  constructor(endpoint: string, config: Config, version: string, instance: string) {
    this.#exporter = new BoundedExport(new OTLPLogExporter(exporterOptions(endpoint, '/v1/logs', config)));
    this.#batching = new BatchLogRecordProcessor({ exporter: this.#exporter, ...batches });
    this.#resource = resourceOf(config, version, instance);
    this.#scope = { name: 'ballast', version };
  }

  /** Says how the export goes from then on: the log comes before the metrics that count it. */
  set report(report: ExportReport) {
    this.#exporter.report = report;
  }

  /**
   * The record is made here. By the SDK's logger it would cost several times as much, and have no trace ID, since that
   * takes none without a span.
   */
  write(line: string): void {
    if (!this.#exporter.admit()) return;
    const [severityNumber, severityText] = severities[this.lastLevel] ?? [SeverityNumber.UNSPECIFIED, ''];
    const time = millisToHrTime(Date.parse(this.lastTime.slice(1, -1)));
    const traceId = this.lastObj?.trace_id;
    const record: ReadableLogRecord = {
      hrTime: time,
      hrTimeObserved: time,
      severityNumber,
      severityText,
      body: line.trimEnd(),
      attributes: noAttributes,
      droppedAttributesCount: 0,
      resource: this.#resource,
      instrumentationScope: this.#scope,
      ...(typeof traceId === 'string' && { spanContext: { traceId, spanId: '', traceFlags: TraceFlags.NONE } }),
    };
    this.#batching.onEmit(record as ReadWriteLogRecord);
  }

  /** Sends what is still held, as far as it can within a quarter of a second. Never fails. */
  close(): Promise<void> {
    return shutDown(this.#batching);
  }
}

const noAttributes = {};
