import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import type { Link } from '../../connection.ts';
import { jaegerLink, jaegerSettings } from '../jaeger.ts';
import { lokiLink, lokiSettings } from '../loki/loki.ts';
import { describeOtelCollector, otelCollectorLink, otelCollectorSettings } from './otel-collector.ts';

const jaeger = jaegerLink(jaegerSettings.parse({}));
const loki = lokiLink(lokiSettings.parse({}));
const mlflow: Link = {
  url: 'http://mlflow:5001',
  connection: { to: 'workload', workload: 'mlflow', port: 'http' },
};

type Stores = Partial<Record<'jaeger' | 'loki' | 'mlflow', Link | undefined>>;

const settings = (input: z.input<typeof otelCollectorSettings> = {}) => otelCollectorSettings.parse(input);

function collector(stores: Stores, input: z.input<typeof otelCollectorSettings> = {}) {
  const args = { ...settings(input), images: {}, slowSeconds: 2.5, longestSeconds: 30.5, ...stores };
  const { workloads } = describeOtelCollector(args);
  const workload = workloads[0];
  const files = workload?.volumes?.find((volume) => volume.kind === 'files')?.files;
  const configuration = parse(files?.['config.yaml'] ?? '') as {
    processors: Record<string, unknown>;
    exporters: Record<string, unknown>;
    service: { pipelines: Record<string, { processors: string[]; exporters: string[] }> };
  };
  return { workload, configuration };
}

describe('the collector', () => {
  it('sends traces to Jaeger and MLflow, and logs to Loki', () => {
    const { configuration, workload } = collector({ jaeger, mlflow, loki });
    const { pipelines } = configuration.service;
    expect(Object.keys(pipelines)).toEqual(['traces', 'logs']);
    expect(pipelines['traces']?.exporters).toEqual(['otlp_grpc/jaeger', 'otlp_http/mlflow']);
    expect(pipelines['logs']?.exporters).toEqual(['otlp_http/loki']);
    expect(workload?.connections).toEqual([jaeger, mlflow, loki].map((link) => link?.connection));
  });

  it('takes and drops what no store is there for, since the API sends both traces and logs', () => {
    const exporters = (stores: Stores) => {
      const { configuration } = collector(stores);
      const { traces, logs } = configuration.service.pipelines;
      return { traces: traces?.exporters, logs: logs?.exporters, all: Object.keys(configuration.exporters) };
    };
    expect(exporters({ loki })).toEqual({
      traces: ['nop'],
      logs: ['otlp_http/loki'],
      all: ['otlp_http/loki', 'nop'],
    });
    expect(exporters({ mlflow })).toEqual({
      traces: ['otlp_http/mlflow'],
      logs: ['nop'],
      all: ['otlp_http/mlflow', 'nop'],
    });
    expect(exporters({ jaeger, loki }).all).not.toContain('nop');
    expect(collector({ mlflow }).workload?.connections).toEqual([mlflow.connection]);
  });

  it('is refused when there is no store at all, since it would not start', () => {
    expect(() => collector({})).toThrow('otelCollector.use: set it to off');
  });

  it('gives up memory before it is killed for it, and before anything else', () => {
    const { pipelines } = collector({ jaeger, loki }).configuration.service;
    for (const { processors } of Object.values(pipelines)) expect(processors[0]).toBe('memory_limiter');
  });

  it('tells MLflow the experiment', () => {
    const { exporters } = collector({ mlflow }, { mlflowExperiment: '7' }).configuration;
    const headers = { 'x-mlflow-experiment-id': '7' };
    expect(exporters['otlp_http/mlflow']).toEqual({ endpoint: 'http://mlflow:5001', headers });
  });

  it('speaks to Loki under its path for OTLP', () => {
    const { exporters } = collector({ loki }).configuration;
    expect(exporters['otlp_http/loki']).toEqual({ endpoint: 'http://loki:3100/otlp' });
  });

  it.each([
    ['http://jaeger:4317', 'jaeger:4317', true],
    ['https://traces.example.com', 'traces.example.com:443', false],
    ['https://traces.example.com:443', 'traces.example.com:443', false],
    ['http://traces.observability', 'traces.observability:80', true],
  ])('reaches Jaeger at %s by gRPC at %s', (url, endpoint, insecure) => {
    const link: Link = { url, connection: { to: 'internet' } };
    const { exporters } = collector({ jaeger: link }).configuration;
    expect(exporters['otlp_grpc/jaeger']).toEqual({ endpoint, tls: { insecure } });
  });

  it('keeps all copies but one through a drain', () => {
    expect(collector({ jaeger }).workload?.traits).toBeUndefined();
    expect(collector({ jaeger }, { replicas: 3 }).workload?.traits).toEqual({ minAvailable: 2 });
  });

  it('is asked after by HTTP alone, since its image has no shell', () => {
    const probes = collector({ jaeger }).workload?.containers[0].probes ?? {};
    for (const probe of Object.values(probes)) expect(probe).toMatchObject({ http: { path: '/', port: 'health' } });
    expect(Object.keys(probes)).toEqual(['startup', 'liveness', 'readiness']);
  });
});

describe('a collector that keeps a share of the traces', () => {
  const { processors, service } = collector({ jaeger, loki }, { keepRatio: 0.07 }).configuration;
  const tailSampling = processors['tail_sampling'] as { policies: object[] };

  it('keeps all that failed or were slow beside it', () => {
    expect(tailSampling.policies).toEqual([
      { name: 'failed', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
      { name: 'slow', type: 'latency', latency: { threshold_ms: 2500 } },
      { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: 7 } },
    ]);
  });

  it('judges a trace when its root is there, or when the longest request would have ended', () => {
    expect(tailSampling).toMatchObject({ decision_wait: '41s', decision_wait_after_root_received: '10s' });
  });

  it('judges traces alone, after it has looked at its memory', () => {
    expect(service.pipelines['traces']?.processors).toEqual(['memory_limiter', 'tail_sampling', 'batch']);
    expect(service.pipelines['logs']?.processors).toEqual(['memory_limiter', 'batch']);
  });

  it('has nothing to judge when it keeps all of them, or none is stored', () => {
    for (const { configuration } of [collector({ jaeger, loki }), collector({ loki }, { keepRatio: 0.5 })]) {
      expect(configuration.processors).not.toHaveProperty('tail_sampling');
      expect(configuration.service.pipelines['traces']?.processors).toEqual(['memory_limiter', 'batch']);
    }
  });
});

describe('the link to the collector', () => {
  it('leads to its HTTP port', () => {
    expect(otelCollectorLink(settings())).toEqual({
      url: 'http://otel-collector:4318',
      connection: { to: 'workload', workload: 'otel-collector', port: 'otlp-http' },
    });
  });

  it('leads to an existing one', () => {
    const external = settings({ use: 'external', url: 'http://otel.observability:4318/' });
    expect(otelCollectorLink(external)).toEqual({
      url: 'http://otel.observability:4318',
      connection: { to: 'namespace', namespace: 'observability', ports: [4318] },
    });
  });

  it('brings the headers that an existing one asks for', () => {
    const url = 'https://otel.example.com';
    expect(otelCollectorLink(settings({ use: 'external', url }))).not.toHaveProperty('secret');
    expect(otelCollectorLink(settings({ use: 'external', url, credential: 'otel' }))).toMatchObject({
      secret: { secret: 'otel-collector', key: 'headers' },
      secrets: [{ name: 'otel-collector', keys: { headers: { from: 'credential', credential: 'otel' } } }],
    });
  });

  it('is absent when it is off', () => {
    expect(otelCollectorLink(settings({ use: 'off' }))).toBeUndefined();
  });
});

describe('the settings of the collector', () => {
  it('want the URL of an existing one', () => {
    expect(() => settings({ use: 'external' })).toThrow('needed with use: external');
    expect(() => settings({ use: 'external', url: 'grpc://otel.observability:4317' })).toThrow('https or http');
  });

  it('take a share of the traces only for one copy, which then has all of a trace', () => {
    expect(() => settings({ keepRatio: 0.5, replicas: 2 })).toThrow('1 with several copies');
    expect(settings({ keepRatio: 0, replicas: 1 }).keepRatio).toBe(0);
    expect(settings({ replicas: 2 }).keepRatio).toBe(1);
    expect(() => settings({ keepRatio: 1.1 })).toThrow();
  });

  it('take only the number of an experiment', () => {
    expect(() => settings({ mlflowExperiment: 'rag' })).toThrow('the number of an experiment');
  });
});
