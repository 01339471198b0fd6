import fs from 'node:fs';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { Trace } from './trace.ts';
import { recordingTracing, type Tracing } from './tracing.ts';

/** A secret as somebody may send or print it, and the part of it that nobody else may ever see. */
export interface PlantedSecret {
  readonly text: string;
  readonly secret: string;
}

/** In two halves here: whoever looks for secrets in a repository takes them for real ones. */
const key = (prefix: string, rest: string): string => prefix + rest;

const plain = (text: string): PlantedSecret => ({ text, secret: text });
const named = (before: string, secret: string, after = ''): PlantedSecret => ({
  text: before + secret + after,
  secret,
});

/** One secret of each kind that the service knows by its looks. None is real. */
export const plantedSecrets: Readonly<Record<string, PlantedSecret>> = {
  'a JSON Web Token': plain(key('eyJhbGciOiJIUzI1NiJ9.', 'eyJ0ZW5hbnQiOiJwbGFudGVkIn0.cGxhbnRlZC1zaWduYXR1cmU')),
  'a bearer token': named('Bearer ', 'planted-opaque-0123456789'),
  'basic credentials': named('Basic ', 'cGxhbnRlZDpwYXNzd29yZA=='),
  'credentials in a URL': named('redis://', 'planted:p4ss-word', '@cache.internal:6379/0'),
  'a DSN of Sentry': named('https://', '0123456789abcdef0123456789abcdef', '@o1.ingest.sentry.io/42'),
  'a key of OpenAI': plain(key('sk-', 'proj-Planted0123456789abcdefghij')),
  'a key of Anthropic': plain(key('sk-', 'ant-api03-Planted_0123456789-abcdefghij')),
  'an access key ID of AWS': plain(key('AK', 'IAPLANTED012345678')),
  'a secret key of AWS by name': named('aws_secret_access_key=', 'plantedAbCdEfGhIjKlMnOpQrStUvWxYz0/+2345'),
  'a secret key of AWS beside its ID': {
    text: key('AK', 'IAPLANTED012345678 plantedAbCdEfGhIjKlMnOpQrStUvWxYz/+23456'),
    secret: 'plantedAbCdEfGhIjKlMnOpQrStUvWxYz/+23456',
  },
  'a token of GitHub': plain(key('gh', 'p_Planted0123456789abcdefghijklmnopqrs')),
  'a fine-grained token of GitHub': plain(key('github', '_pat_11PLANTED0abcdefghijkl_0123456789mnopqrstuvwxyz')),
  'a token of Slack': plain(key('xox', 'b-123456789012-123456789012-PlantedAbCdEfGhIj')),
  'a key of Google': plain(key('AI', 'zaSyPlanted0123456789abcdefghijklmnopqr')),
  'a token of Hugging Face': plain(key('hf', '_PlantedAbCdEfGhIjKlMnOpQrStUvWxYz')),
  'an e-mail address': plain('ada.planted+rag@mail.example.com'),
  'a private key': named(
    '-----BEGIN RSA PRIVATE KEY-----\n',
    'MIIEplantedAbCdEfGhIjKlMnOpQrStUvWxYz\n0123456789plantedAAAA',
    '\n-----END RSA PRIVATE KEY-----',
  ),
  'a password by name': named('password="', 'planted with \\"quotes\\" in it', '"'),
  'a token by name': named('access_token=', 'planted-by-name'),
  'a cookie': named('Cookie: ', 'sid=planted-session; theme=planted', '\n'),
};

/** A span as tests look at it. */
export interface RecordedSpan {
  readonly name: string;
  /** `SERVER`, `CLIENT` or `INTERNAL`. */
  readonly kind: string;
  /** Name of the span above it; its ID where that is another process's; `undefined` for the first one of a trace. */
  readonly parent: string | undefined;
  readonly attributes: ReadableSpan['attributes'];
  /** `UNSET` or `ERROR`. */
  readonly status: string;
  readonly message: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** Whether it has the flag without which nothing is exported. */
  readonly sampled: boolean;
  /** From its begin to its end, in milliseconds. */
  readonly duration: number;
  /** Trace and span that each link leads to. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** For tests: spans that are kept in memory. */
export interface RecordedTracing extends Tracing {
  /** Those that have ended, in the order of their ends. */
  readonly spans: () => RecordedSpan[];
  /** Begins a request of the ID `r-1`, in a new trace. */
  readonly begin: () => Trace;
}

/**
 * Records as the service does where there is an endpoint.
 *
 * @param ratio of new traces that are chosen; all of them when absent.
 * @param slowSeconds from which a request is kept though it was not chosen.
 */
export function recordedTracing({ ratio = 1, slowSeconds = 5 } = {}): RecordedTracing {
  const ended: ReadableSpan[] = [];
  const memory = {
    onStart: () => undefined,
    onEnd: (span: ReadableSpan) => void ended.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const tracing = recordingTracing({ OTEL_TRACES_SAMPLER_ARG: ratio, TRACE_SLOW_SECS: slowSeconds }, memory);
  return {
    ...tracing,
    spans: () => ended.map((span) => recorded(span, ended)),
    begin: () => Trace.begin(tracing.tracer, 'request', {}, {}, 'r-1'),
  };
}

function recorded(span: ReadableSpan, all: readonly ReadableSpan[]): RecordedSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const parentId = span.parentSpanContext?.spanId;
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    parent: parentId && (all.find((other) => other.spanContext().spanId === parentId)?.name ?? parentId),
    attributes: span.attributes,
    status: SpanStatusCode[span.status.code],
    message: span.status.message,
    traceId,
    spanId,
    sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
    duration: hrTimeToMilliseconds(span.duration),
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
  };
}

/** The disk under standard output, as a test has it. */
export interface OutputDisk {
  /** Whether nothing more can be written. */
  full: boolean;
  /** What was written. */
  text: string;
  /** What standard error was told. */
  readonly complaints: unknown[];
  /** Puts everything back as it was. */
  readonly remove: () => void;
}

/** Puts a disk under standard output that is not full yet. Other files are as before. */
export function outputDisk(): OutputDisk {
  const { writeSync } = fs;
  const { error } = console;
  const disk: OutputDisk = {
    full: false,
    text: '',
    complaints: [],
    remove: () => {
      fs.writeSync = writeSync;
      console.error = error;
    },
  };
  console.error = (complaint: unknown) => void disk.complaints.push(complaint);
  const write = (fd: number, data: string | Buffer) => {
    if (fd !== 1) return writeSync(fd, String(data));
    if (disk.full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    disk.text += String(data);
    return Buffer.byteLength(data);
  };
  fs.writeSync = write as typeof writeSync;
  return disk;
}
