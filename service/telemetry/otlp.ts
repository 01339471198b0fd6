import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { Config } from '../contract/config.ts';
import { withDeadline } from '../resilience/deadline.ts';
import { mostHeld } from './bounded-export.ts';
import { headersIn } from '../contract/variable.ts';

/** What the service says of itself with everything it sends. */
export function resourceOf(config: Config, version: string, instance: string): Resource {
  return resourceFromAttributes({
    'service.name': config.SERVICE_NAME,
    'service.version': version,
    'service.instance.id': instance,
    'deployment.environment.name': config.ENVIRONMENT,
  });
}

/**
 * How the spans or log records that wait are sent, whatever `OTEL_BSP_*` and `OTEL_BLRP_*` say.
 *
 * A batch is made into bytes at once, on the way of a request: 128 spans of 20 attributes take about a millisecond.
 */
export const batches = {
  /** Where the processors would drop by themselves: never before {@link BoundedExport} does, which counts it. */
  maxQueueSize: mostHeld,
  maxExportBatchSize: 128,
  /** What is not a whole batch yet goes after this time, in milliseconds. */
  scheduledDelayMillis: 1_000,
} as const;

/**
 * What an exporter of OTLP over HTTP is made with.
 *
 * It reads more from the environment by itself: certificates (`OTEL_EXPORTER_OTLP_CERTIFICATE` and the like), compression,
 * and headers of one signal. Those apply as OpenTelemetry defines them; no endpoint or time does.
 */
export function exporterOptions(endpoint: string, path: '/v1/traces' | '/v1/logs', config: Config) {
  const url = new URL(endpoint);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return {
    url: url.href,
    headers: headersIn(config.OTEL_EXPORTER_OTLP_HEADERS ?? '') ?? {},
    // For all tries of one batch; the last of them may begin just before its end, and takes no longer than was left.
    timeoutMillis: 5_000,
    // At the end all that waits goes at once.
    concurrencyLimit: 30,
  };
}

/** What is still held at the end of the process has this long to be sent, in milliseconds. */
const flushMs = 250;

/** Sends what is still held, as far as it can within a quarter of a second. Never fails. */
export async function shutDown(held: { shutdown(): Promise<void> }): Promise<void> {
  await withDeadline(flushMs, () => held.shutdown()).catch(() => undefined);
}
