import { Root, type INamespace, type IType } from 'protobufjs';

/** A value of an attribute as JavaScript has it. */
export type ReceivedValue = string | boolean | number | null | Uint8Array | ReceivedValue[] | ReceivedAttributes;

/** Attributes by name. */
export interface ReceivedAttributes {
  readonly [name: string]: ReceivedValue;
}

/** A span as it was received. */
export interface ReceivedSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** `undefined` for a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: ReceivedAttributes;
  readonly status: { readonly code: 'unset' | 'ok' | 'error'; readonly message: string };
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly { readonly name: string; readonly attributes: ReceivedAttributes }[];
  /** Whether the flag that W3C calls sampled is set. */
  readonly sampled: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Attributes of what made it. */
  readonly resource: ReceivedAttributes;
}

/** A log record as it was received. */
export interface ReceivedLog {
  readonly body: ReceivedValue;
  /** Such as `INFO`. */
  readonly severity: string;
  /** 1 to 24: 9 is INFO, 13 WARN, 17 ERROR. */
  readonly severityNumber: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `undefined` for a line that belongs to no trace. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly resource: ReceivedAttributes;
}

const message = (fields: Record<string, readonly [type: string, id: number, rule?: 'repeated']>): IType => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [name, { type, id, ...(rule && { rule }) }]),
  ),
});

/**
 * The messages of OTLP 1 that are looked at. A decoder skips the fields that it is not told of.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 */
const messages: INamespace = {
  nested: {
    TraceRequest: message({ resourceSpans: ['ResourceSpans', 1, 'repeated'] }),
    ResourceSpans: message({ resource: ['Resource', 1], scopeSpans: ['ScopeSpans', 2, 'repeated'] }),
    ScopeSpans: message({ spans: ['Span', 2, 'repeated'] }),
    Span: message({
      traceId: ['bytes', 1],
      spanId: ['bytes', 2],
      parentSpanId: ['bytes', 4],
      name: ['string', 5],
      kind: ['int32', 6],
      startTimeUnixNano: ['fixed64', 7],
      endTimeUnixNano: ['fixed64', 8],
      attributes: ['KeyValue', 9, 'repeated'],
      events: ['Event', 11, 'repeated'],
      links: ['Link', 13, 'repeated'],
      status: ['Status', 15],
      flags: ['fixed32', 16],
    }),
    Event: message({ name: ['string', 2], attributes: ['KeyValue', 3, 'repeated'] }),
    Link: message({ traceId: ['bytes', 1], spanId: ['bytes', 2] }),
    Status: message({ message: ['string', 2], code: ['int32', 3] }),

    LogsRequest: message({ resourceLogs: ['ResourceLogs', 1, 'repeated'] }),
    ResourceLogs: message({ resource: ['Resource', 1], scopeLogs: ['ScopeLogs', 2, 'repeated'] }),
    ScopeLogs: message({ logRecords: ['LogRecord', 2, 'repeated'] }),
    LogRecord: message({
      timeUnixNano: ['fixed64', 1],
      severityNumber: ['int32', 2],
      severityText: ['string', 3],
      body: ['AnyValue', 5],
      traceId: ['bytes', 9],
      spanId: ['bytes', 10],
    }),

    Resource: message({ attributes: ['KeyValue', 1, 'repeated'] }),
    KeyValue: message({ key: ['string', 1], value: ['AnyValue', 2] }),
    AnyValue: {
      oneofs: {
        value: {
          oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'],
        },
      },
      ...message({
        stringValue: ['string', 1],
        boolValue: ['bool', 2],
        intValue: ['int64', 3],
        doubleValue: ['double', 4],
        arrayValue: ['ArrayValue', 5],
        kvlistValue: ['KeyValueList', 6],
        bytesValue: ['bytes', 7],
      }),
    },
    ArrayValue: message({ values: ['AnyValue', 1, 'repeated'] }),
    KeyValueList: message({ values: ['KeyValue', 1, 'repeated'] }),
  },
};

const root = Root.fromJSON(messages);

type Value = Partial<Record<'stringValue' | 'boolValue' | 'intValue' | 'doubleValue' | 'bytesValue', ReceivedValue>> & {
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
};
interface KeyValue {
  readonly key?: string;
  readonly value?: Value;
}
interface Attributed {
  readonly attributes?: readonly KeyValue[];
}
interface Span extends Attributed {
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: number;
  readonly endTimeUnixNano?: number;
  readonly events?: readonly (Attributed & { readonly name?: string })[];
  readonly links?: readonly { readonly traceId?: Uint8Array; readonly spanId?: Uint8Array }[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly flags?: number;
}
interface LogRecord {
  readonly timeUnixNano?: number;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: Value;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
}
interface TraceRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: Attributed;
    readonly scopeSpans?: readonly { readonly spans?: readonly Span[] }[];
  }[];
}
interface LogsRequest {
  readonly resourceLogs?: readonly {
    readonly resource?: Attributed;
    readonly scopeLogs?: readonly { readonly logRecords?: readonly LogRecord[] }[];
  }[];
}

/** The spans of the body of a POST to `/v1/traces`. @throws when it is no such message. */
export function decodeSpans(body: Uint8Array): ReceivedSpan[] {
  const { resourceSpans = [] } = decode('TraceRequest', body) as TraceRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => spanOf(span, attributesOf(resource)))),
  );
}

/** The log records of the body of a POST to `/v1/logs`. @throws when it is no such message. */
export function decodeLogs(body: Uint8Array): ReceivedLog[] {
  const { resourceLogs = [] } = decode('LogsRequest', body) as LogsRequest;
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) => logRecords.map((record) => logOf(record, attributesOf(resource)))),
  );
}

function decode(type: string, body: Uint8Array): object {
  const message = root.lookupType(type);
  // A number holds nanoseconds since 1970 to some 200, which is near enough.
  return message.toObject(message.decode(body), { longs: Number });
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const codes = ['unset', 'ok', 'error'] as const;

function spanOf(span: Span, resource: ReceivedAttributes): ReceivedSpan {
  const { name = '', kind = 0, status, links = [], events = [], flags = 0 } = span;
  return {
    traceId: hex(span.traceId) ?? '',
    spanId: hex(span.spanId) ?? '',
    parentSpanId: hex(span.parentSpanId),
    name,
    kind: kinds[kind] ?? 'unspecified',
    attributes: attributesOf(span),
    status: { code: codes[status?.code ?? 0] ?? 'unset', message: status?.message ?? '' },
    links: links.map((link) => ({ traceId: hex(link.traceId) ?? '', spanId: hex(link.spanId) ?? '' })),
    events: events.map((event) => ({ name: event.name ?? '', attributes: attributesOf(event) })),
    sampled: (flags & 1) === 1,
    duration: ((span.endTimeUnixNano ?? 0) - (span.startTimeUnixNano ?? 0)) / 1e6,
    resource,
  };
}

function logOf(record: LogRecord, resource: ReceivedAttributes): ReceivedLog {
  return {
    body: valueOf(record.body),
    severity: record.severityText ?? '',
    severityNumber: record.severityNumber ?? 0,
    time: Math.round((record.timeUnixNano ?? 0) / 1e6),
    traceId: hex(record.traceId),
    spanId: hex(record.spanId),
    resource,
  };
}

function attributesOf(of: Attributed | undefined): ReceivedAttributes {
  return Object.fromEntries((of?.attributes ?? []).map(({ key = '', value }) => [key, valueOf(value)]));
}

function valueOf(value: Value | undefined): ReceivedValue {
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(valueOf);
  if (value?.kvlistValue) return attributesOf({ attributes: value.kvlistValue.values ?? [] });
  return value?.stringValue ?? value?.boolValue ?? value?.intValue ?? value?.doubleValue ?? value?.bytesValue ?? null;
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : Buffer.from(bytes).toString('hex');
}
