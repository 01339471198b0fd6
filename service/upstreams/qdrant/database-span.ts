import { SpanKind } from '@opentelemetry/api';
import { Trace } from '../../telemetry/trace.ts';

/** One call to Qdrant, and for whom it is made. */
export interface DatabaseCall {
  /** As Qdrant's API names it, such as `query`. */
  readonly operation: string;
  readonly collection: string;
  readonly signal: AbortSignal;
  /** Whose call it is; no request's when absent. */
  readonly trace: Trace | undefined;
}

/**
 * Makes a call in a span of its own, by the conventions for databases.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/
 */
export function inDatabaseSpan<T>(
  { operation, collection, trace = Trace.none }: DatabaseCall,
  server: { readonly address: string; readonly port: number },
  work: (trace: Trace) => Promise<T>,
): Promise<T> {
  if (!trace.sampled) return work(trace);
  const attributes = {
    'db.system.name': 'qdrant',
    'db.operation.name': operation,
    'db.collection.name': collection,
    'server.address': server.address,
    'server.port': server.port,
  };
  return trace.run('vector_db', work, { kind: SpanKind.CLIENT, attributes });
}
