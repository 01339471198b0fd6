import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import type { Link } from '../connection.ts';
import { jaegerLink, jaegerSettings } from './jaeger.ts';
import { lokiLink, lokiSettings } from './loki/loki.ts';
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
  const { workloads } = describeOtelCollector({ ...settings(input), images: {}, ...stores });
  const workload = workloads[0];
  const files = workload?.volumes?.find((volume) => volume.kind === 'files')?.files;
  const configuration = parse(files?.['config.yaml'] ?? '') as {
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

  it('has a pipeline only where a store is there', () => {
    expect(Object.keys(collector({ loki }).configuration.service.pipelines)).toEqual(['logs']);
    const withMlflow = collector({ mlflow }).configuration;
    expect(Object.keys(withMlflow.service.pipelines)).toEqual(['traces']);
    expect(Object.keys(withMlflow.exporters)).toEqual(['otlp_http/mlflow']);
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

  it('is absent when it is off', () => {
    expect(otelCollectorLink(settings({ use: 'off' }))).toBeUndefined();
  });
});

describe('the settings of the collector', () => {
  it('want the URL of an existing one', () => {
    expect(() => settings({ use: 'external' })).toThrow('needed with use: external');
    expect(() => settings({ use: 'external', url: 'grpc://otel.observability:4317' })).toThrow('https or http');
  });

  it('take only the number of an experiment', () => {
    expect(() => settings({ mlflowExperiment: 'rag' })).toThrow('the number of an experiment');
  });
});
